// Turns the table of a config file into settings and instances, noting everything that is wrong on the way.

import type { Layer, Setting } from '../sources.ts';
import type { ConfigFile } from './config-file.ts';
import { readInstances } from './instances.ts';
import { describeUnknownKey, INSTANCES, isInstanceUriKey, settingOfKey } from './keys.ts';
import { refuseRepeatedKeys } from './repeated-keys.ts';
import type { FileEntry, FileTable } from './tree.ts';
import { exampleLiteral, isEmpty, readSetting } from './values.ts';

export function readTable(table: FileTable, file: ConfigFile): Layer {
  const settings: Record<string, Setting<unknown>> = {};
  const instances: FileEntry[] = [];
  for (const entry of refuseRepeatedKeys(table.entries, file)) {
    const { key, line, value } = entry;
    const row = settingOfKey(key);
    if (key.toLowerCase() === INSTANCES || isInstanceUriKey(key)) {
      instances.push(entry);
    } else if (row === undefined) {
      file.complain(line, describeUnknownKey(entry, file.format));
    } else {
      const reading = readSetting(row, key, value);
      if (reading.ok) {
        const source = { from: 'file', path: file.path, key, ...(line === undefined ? {} : { line }) } as const;
        settings[row.name] = { value: reading.value, source };
      } else {
        const hint = `write it like ${file.format.write(row.name, exampleLiteral(row))}`;
        file.complain(reading.line ?? line, {
          message: reading.problem,
          hint: isEmpty(value) ? `${hint}, or leave it out` : hint,
        });
      }
    }
  }
  // Each entry holds what the kind of its row parsed.
  return { settings, instances: readInstances(instances, file) };
}
