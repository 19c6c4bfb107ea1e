// Reads the value of one setting, or explains what is wrong with it in the words of whoever wrote it.

import type { FlagRow } from '../flag-row.ts';
import { UsageError } from '../usage-error.ts';
import { KINDS } from './kinds.ts';

export interface WrittenValue {
  /** The place as the user knows it: `--port`, `-p`, or the name of an environment variable. */
  readonly written: string;
  readonly text: string;
}

/** The value, typed by the row's kind; undefined when the text is no such value. */
export function parseAs(row: FlagRow, text: string): unknown {
  if (row.choices !== undefined) return row.choices.includes(text) ? text : undefined;
  return KINDS[row.kind].parse(text);
}

/** Completes "expected …" in an error message. */
export function expectedOf(row: FlagRow): string {
  return row.choices === undefined ? KINDS[row.kind].expected : listWords(row.choices);
}

/** A value of the row, as somebody would write it. */
export function exampleOf(row: FlagRow): string {
  // Most durations are 0 unless set, which shows nobody how they are written.
  const usual = row.kind === 'duration' ? undefined : row.default;
  return usual ?? row.choices?.[0] ?? KINDS[row.kind].example;
}

/** `one`, `one or two`, `one, two or three`. */
function listWords(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

/** The value, typed by the row's kind; a UsageError, not thrown, when the text is no such value. */
export function readValue(row: FlagRow, { written, text }: WrittenValue): unknown {
  const value = parseAs(row, text);
  if (value !== undefined) return value;
  const hint = `write it like ${joinValue(written, exampleOf(row))}`;
  if (text === '') return new UsageError(`the value of ${written} is empty`, { hint: `${hint}, or leave it out` });
  const shown = row.secret === true ? '' : ` "${withoutPassword(text)}"`;
  return new UsageError(`invalid value${shown} for ${written}: expected ${expectedOf(row)}`, { hint });
}

/** A URL may have been given with a login. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//***@');
}

/** `--port 5432`, `--quiet=true`, `VARIABLE=5432`. */
function joinValue(written: string, example: string): string {
  return written.startsWith('-') && example !== 'true' ? `${written} ${example}` : `${written}=${example}`;
}
