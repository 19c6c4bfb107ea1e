// Reads the text of a config file: its syntax, then what it sets.

import type { Layer } from '../sources.ts';
import type { ConfigFile } from './config-file.ts';
import { readTable } from './settings.ts';
import { FileSyntaxError } from './syntax-error.ts';
import { describeValue } from './tree.ts';

/** A malformed document sets nothing; whatever is wrong is noted on the file. */
export async function readDocument(text: string, file: ConfigFile): Promise<Layer> {
  const { name, read, syntaxHint } = file.format;
  try {
    const document = await read(text);
    if (document.is === 'table') return readTable(document, file);
    file.complain(undefined, {
      message: `the file holds ${describeValue(document)}: expected keys with values`,
      hint: `write settings like ${file.format.write('port', '5432')}`,
    });
  } catch (error) {
    if (!(error instanceof FileSyntaxError)) throw error;
    file.complain(error.line, { message: `not valid ${name}: ${error.message}`, hint: error.hint ?? syntaxHint });
  }
  return { settings: {}, instances: [] };
}
