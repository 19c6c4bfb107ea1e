// Reads TOML with the line of every key.

import type { TomlTable, TomlValue } from 'smol-toml';
import { FileSyntaxError } from './syntax-error.ts';
import { findTomlPlaces, type TomlPath, type TomlPlaces } from './toml-places.ts';
import { type FileTable, type FileValue, MAX_DEPTH } from './tree.ts';

/** @throws {FileSyntaxError} */
export async function readToml(text: string): Promise<FileTable> {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return tableOf(parse(text, { integersAsBigInt: 'asNeeded' }), [], findTomlPlaces(text));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw syntaxError(error, text);
  }
}

function tableOf(table: TomlTable, path: TomlPath, places: TomlPlaces): FileTable {
  const entries = Object.entries(table).map(([key, value]) => {
    const at = [...path, key];
    return { key, line: places.at(at)?.line, value: valueOf(value, at, places) };
  });
  return { is: 'table', entries };
}

function valueOf(value: TomlValue, path: TomlPath, places: TomlPlaces): FileValue {
  if (path.length > MAX_DEPTH) throw new FileSyntaxError(`it is nested more than ${MAX_DEPTH} deep`, undefined);
  if (typeof value === 'string') return { is: 'text', text: value };
  if (typeof value === 'boolean') return { is: 'boolean', value };
  if (typeof value === 'number' || typeof value === 'bigint') {
    return { is: 'number', text: places.at(path)?.written ?? String(value) };
  }
  if (value instanceof Date) return { is: 'date' };
  if (!Array.isArray(value)) return tableOf(value, path, places);
  const items = value.map((item, index) => {
    const at = [...path, index];
    return { line: places.at(at)?.line, value: valueOf(item, at, places) };
  });
  return { is: 'list', items };
}

interface TomlProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** The first line of the parser's message names the reason; lines of the document, which may hold a secret, follow it. */
function syntaxError({ message, line, column }: TomlProblem, text: string): FileSyntaxError {
  const [first = ''] = message.split('\n');
  const reason = first.replace(/^Invalid TOML document: /, '');
  if (!reason.includes('redefine')) return new FileSyntaxError(reason, line);
  const [key] = /^[\w.-]+/.exec(text.split('\n')[line - 1]?.slice(column - 1) ?? '') ?? ['a key'];
  return new FileSyntaxError(`${key} is set twice`, line, 'keep one of them');
}
