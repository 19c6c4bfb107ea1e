// Reads the value of one setting, or explains what is wrong with it in the words of whoever wrote it.

import type { FlagRow } from '../flag-row.ts';
import { UsageError } from '../usage-error.ts';
import { KINDS } from './kinds.ts';

export interface WrittenValue {
  /** The place as the user knows it: `--port`, `-p`, or the name of an environment variable. */
  readonly written: string;
  readonly text: string;
}

/** The value, typed by the row's kind; a UsageError, not thrown, when the text is no such value. */
export function readValue(row: FlagRow, { written, text }: WrittenValue): unknown {
  const kind = KINDS[row.kind];
  const value = kind.parse(text);
  if (value !== undefined) return value;
  const hint = `write it like ${joinValue(written, row.default ?? kind.example)}`;
  if (text === '') return new UsageError(`the value of ${written} is empty`, { hint: `${hint}, or leave it out` });
  const shown = row.secret === true ? '' : ` "${text}"`;
  return new UsageError(`invalid value${shown} for ${written}: expected ${kind.expected}`, { hint });
}

/** `--port 5432`, `--quiet=true`, `VARIABLE=5432`. */
function joinValue(written: string, example: string): string {
  return written.startsWith('-') && example !== 'true' ? `${written} ${example}` : `${written}=${example}`;
}
