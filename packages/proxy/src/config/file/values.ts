// Reads one value of a config file as the kind of its flag: typed as the format has it, or as text that a flag would take.

import type { FlagRow } from '../../cli/flag-row.ts';
import { KINDS } from '../../cli/values/kinds.ts';
import { exampleOf, expectedOf, parseAs } from '../../cli/values/read-value.ts';
import { describeValue, type FileItem, type FileValue } from './tree.ts';

export type Reading =
  | { readonly ok: true; readonly value: unknown }
  /** `problem` completes the message; `line` is given where it is another than that of the key. */
  | { readonly ok: false; readonly problem: string; readonly line?: number | undefined };

/** `key` is the setting as it was written, for the message. The value of a secret is never shown. */
export function readSetting(row: FlagRow, key: string, value: FileValue): Reading {
  if (row.kind === 'list' && value.is === 'list') return readList(key, value.items);
  if (isEmpty(value)) return { ok: false, problem: `the value of ${key} is empty` };
  const text = textOf(value);
  if (text === undefined || (value.is === 'boolean' && row.kind !== 'boolean')) {
    return { ok: false, problem: `${key} is ${describeValue(value)}: expected ${expectedType(row)}` };
  }
  const parsed = parseAs(row, text);
  if (parsed !== undefined) return { ok: true, value: parsed };
  const shown = row.secret === true ? '' : ` "${text}"`;
  return { ok: false, problem: `invalid value${shown} for ${key}: expected ${expectedOf(row)}` };
}

/** Completes "expected …" where a value is not even of the right type. */
export function expectedType(row: FlagRow): string {
  if (row.kind === 'string') return 'text';
  return row.kind === 'list' ? 'a list' : expectedOf(row);
}

/** The value as somebody would write it in a flag; undefined for lists, tables, dates and nothing. */
export function textOf(value: FileValue): string | undefined {
  if (value.is === 'text' || value.is === 'number') return value.text;
  return value.is === 'boolean' ? String(value.value) : undefined;
}

export function isEmpty(value: FileValue): boolean {
  return value.is === 'nothing' || (value.is === 'text' && value.text === '');
}

/** A value of the flag as JSON has it, for hints. */
export function exampleLiteral(row: FlagRow): string {
  const { kind, placeholder } = row;
  const example = (kind === 'string' ? placeholder : undefined) ?? exampleOf(row);
  if (kind === 'boolean' || kind === 'port' || kind === 'unsigned' || kind === 'positive') return example;
  return kind === 'list' ? `["${example.split(',').join('", "')}"]` : JSON.stringify(example);
}

/** Each item may hold several values, as a repeated flag may. */
function readList(key: string, items: readonly FileItem[]): Reading {
  const parts: string[] = [];
  for (const { value, line } of items) {
    if (value.is !== 'text' && value.is !== 'number') {
      return { ok: false, problem: `the list ${key} holds ${describeItem(value)}: expected text`, line };
    }
    const parsed = KINDS.list.parse(value.text);
    if (parsed === undefined) return { ok: false, problem: `the list ${key} holds an empty value`, line };
    parts.push(...parsed);
  }
  return { ok: true, value: parts };
}

function describeItem(value: FileValue): string {
  return value.is === 'nothing' ? 'an empty value' : describeValue(value);
}
