// What is said about the text of a config file.

import assert from 'node:assert/strict';
import { ConfigFile } from '../src/config/file/config-file.ts';
import { readDocument } from '../src/config/file/document.ts';
import { formatOf } from '../src/config/file/formats.ts';

/** Message and hint of each mistake, in order. */
export async function mistakesIn(name: string, text: string): Promise<readonly string[]> {
  const format = formatOf(name);
  assert(format !== undefined);
  const file = new ConfigFile(name, format);
  await readDocument(text, file);
  return file.mistakesInOrder().map(({ message, hint }) => `${message}; ${hint}`);
}
