// The keys of a config file: which there are, and what is meant by one that there is not.

import { isInFile, isQueryParameter, type FlagRow } from '../../cli/flag-row.ts';
import { FLAG_ROWS } from '../../cli/flags.ts';
import { closest } from '../../cli/suggest.ts';
import type { FileFormat } from './formats.ts';
import type { FileEntry } from './tree.ts';
import { exampleLiteral } from './values.ts';

export const INSTANCES = 'instances';
export const INSTANCE_URI = 'instance-uri';

/** The flag that a key sets, in any letter case. */
export function settingOfKey(key: string): FlagRow | undefined {
  return FLAG_ROWS.find((row) => row.name === key.toLowerCase() && isInFile(row));
}

/** `instance-uri` and `instance-uri-0`, in any letter case. */
export function isInstanceUriKey(key: string): boolean {
  return /^instance-uri(?:-\d+)?$/i.test(key);
}

/** Says why a key is none, and what to write instead. */
export function describeUnknownKey({ key, value }: FileEntry, format: FileFormat) {
  const row = FLAG_ROWS.find(({ name }) => name === key.toLowerCase());
  const cannot = `${key} cannot stand in a config file`;
  if (row?.scope === 'command-line') return { message: cannot, hint: `ask for it on the command line: --${row.name}` };
  if (row?.scope === 'outside-files') return { message: cannot, hint: 'one file holds everything' };
  // Where a space is missing, a key can hold its value: {token:SECRET}.
  const [name = '', ...rest] = key.split(/[:=]/);
  const message = `unknown key "${name}${rest.length > 0 ? '…' : ''}"`;
  if (row !== undefined && isQueryParameter(row)) {
    return { message, hint: `it belongs to one instance: ${format.writeInstance(row.name, exampleLiteral(row))}` };
  }
  const meant = nearestKey(name);
  if (meant !== undefined) return { message, hint: `did you mean ${meant}?` };
  if (value.is === 'table') return { message, hint: 'settings stand at the top of the file, not in tables' };
  return { message, hint: 'keys are the names of the flags: see --help' };
}

/** Words of flags and variables are understood too: `--port`, `-p`, `auto_iam_authn`, `ALLOYDB_PROXY_PORT`. */
function nearestKey(key: string): string | undefined {
  const word = key
    .replace(/^-+/, '')
    .replaceAll('_', '-')
    .replace(/^ALLOYDB-PROXY-/i, '');
  const settings = FLAG_ROWS.filter(isInFile);
  const short = settings.find((row) => row.short === word);
  return short?.name ?? closest(word, [INSTANCES, INSTANCE_URI, ...settings.map(({ name }) => name)]);
}
