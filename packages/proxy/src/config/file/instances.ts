// The instances of a config file: instance-uri, instance-uri-0 and so on, or a list with parameters for each.

import { FLAG_ROWS } from '../../cli/flags.ts';
import { isQueryParameter } from '../../cli/flag-row.ts';
import { checkInstance } from '../instance-args.ts';
import type { GivenInstance, GivenParameter } from '../sources.ts';
import type { ConfigFile } from './config-file.ts';
import { INSTANCE_URI, INSTANCES } from './keys.ts';
import { refuseRepeatedKeys } from './repeated-keys.ts';
import { describeValue, type FileEntry, type FileItem } from './tree.ts';
import { exampleLiteral, expectedType, isEmpty, textOf } from './values.ts';

/** Takes the entries whose keys name instances, each key once. */
export function readInstances(entries: readonly FileEntry[], file: ConfigFile): readonly GivenInstance[] {
  const list = entries.find(({ key }) => key.toLowerCase() === INSTANCES);
  const uris = entries.filter((entry) => entry !== list);
  if (list !== undefined && uris[0] !== undefined) refuseBothForms([list, uris[0]], file);
  const given = list === undefined ? readUris(uris, file) : readList(list, file);
  for (const instance of given) file.note(checkInstance(instance).mistakes);
  return given;
}

function refuseBothForms([list, uri]: readonly [FileEntry, FileEntry], file: ConfigFile): void {
  const later = Math.max(list.line ?? 0, uri.line ?? 0);
  file.complain(later === 0 ? undefined : later, {
    message: `${list.key} and ${uri.key} cannot be used together`,
    hint: `put the instance of ${uri.key} into the list ${INSTANCES}`,
  });
}

/** `instance-uri`, or else `-0`, `-1` and so on, counted without a gap: the rule of the environment. */
function readUris(entries: readonly FileEntry[], file: ConfigFile): readonly GivenInstance[] {
  const byKey = new Map(entries.map((entry) => [entry.key.toLowerCase(), entry]));
  const single = byKey.get(INSTANCE_URI);
  if (single !== undefined) {
    for (const { key } of entries.filter((entry) => entry !== single)) {
      file.notice(`ignoring ${key} of ${file.path}: ${single.key} is set`);
    }
    return readUri(single, file);
  }
  const given: GivenInstance[] = [];
  let count = 0;
  for (let entry = byKey.get(`${INSTANCE_URI}-0`); entry !== undefined; ) {
    given.push(...readUri(entry, file));
    count += 1;
    entry = byKey.get(`${INSTANCE_URI}-${count}`);
  }
  const counted = new Set(Array.from({ length: count }, (_, number) => `${INSTANCE_URI}-${number}`));
  const beyond = entries.find(({ key }) => !counted.has(key.toLowerCase()));
  if (beyond !== undefined) {
    const missing = `${INSTANCE_URI}-${count}`;
    file.complain(beyond.line, {
      message: `${beyond.key} is set but ${missing} is not`,
      hint: `set ${missing} or renumber: the numbers count up from 0`,
    });
  }
  return given;
}

function readUri({ key, line, value }: FileEntry, file: ConfigFile): readonly GivenInstance[] {
  if (value.is === 'text' && value.text !== '') return [{ value: value.text, source: sourceIn(file, key, line) }];
  const message = isEmpty(value)
    ? `the value of ${key} is empty`
    : `${key} is ${describeValue(value)}: expected an instance URI`;
  const hint = value.is === 'list' ? `use ${INSTANCES}` : `write it like ${file.format.write(key, '"INSTANCE_URI"')}`;
  file.complain(line, { message, hint });
  return [];
}

function readList({ key, line, value }: FileEntry, file: ConfigFile): readonly GivenInstance[] {
  if (value.is === 'list') return value.items.flatMap((item) => readItem(item, key, file));
  file.complain(line, {
    message: `${key} is ${describeValue(value)}: expected a list of instances`,
    hint: `write it like ${file.format.writeInstance('port', '5433')}`,
  });
  return [];
}

/** A URI, or a table of one with parameters. */
function readItem({ line, value }: FileItem, key: string, file: ConfigFile): readonly GivenInstance[] {
  if (value.is === 'text' && value.text !== '') return [{ value: value.text, source: sourceIn(file, key, line) }];
  const hint = `write it like ${file.format.writeInstance('port', '5433')}`;
  if (value.is !== 'table') {
    const what = isEmpty(value) ? 'an empty value' : describeValue(value);
    file.complain(line, { message: `the list ${key} holds ${what}: expected instances`, hint });
    return [];
  }
  const entries = refuseRepeatedKeys(value.entries, file);
  const uri = entries.find((entry) => entry.key.toLowerCase() === 'uri');
  const parameters = entries.filter((entry) => entry !== uri).flatMap((entry) => readParameter(entry, file));
  if (uri === undefined) {
    file.complain(line, { message: 'an instance has no uri', hint });
    return [];
  }
  const source = sourceIn(file, key, uri.line ?? line);
  return readUri(uri, file).map((given) => ({ value: given.value, source, parameters }));
}

/** The text of a parameter; whether it is one, and a value of it, is checked together with query parameters. */
function readParameter({ key, line, value }: FileEntry, file: ConfigFile): readonly GivenParameter[] {
  const name = key.toLowerCase();
  const at = line === undefined ? {} : { line };
  const row = FLAG_ROWS.find((candidate) => candidate.name === name && isQueryParameter(candidate));
  if (row === undefined) return [{ name: key, text: '', ...at }];
  const text = isEmpty(value) ? undefined : textOf(value);
  if (text !== undefined && (value.is !== 'boolean' || row.kind === 'boolean')) return [{ name, text, ...at }];
  const hint = `write it like ${file.format.write(row.name, exampleLiteral(row))}`;
  if (isEmpty(value)) {
    file.complain(line, { message: `the value of ${key} is empty`, hint: `${hint}, or leave it out` });
  } else {
    file.complain(line, { message: `${key} is ${describeValue(value)}: expected ${expectedType(row)}`, hint });
  }
  return [];
}

function sourceIn({ path }: ConfigFile, key: string, line: number | undefined) {
  return { from: 'file', path, key, ...(line === undefined ? {} : { line }) } as const;
}
