// Settings that mean nothing without another one, and those whose function is not there yet.

import type { FlagRow } from '../cli/flag-row.ts';
import { FLAG_ROWS } from '../cli/flags.ts';
import { UsageError } from '../cli/usage-error.ts';
import { type MergedLayers, type Setting, writtenAs } from './sources.ts';

/** One sentence for each. Images and charts set variables for every case, so those in the environment are let pass. */
export function unheededNotices({ settings }: MergedLayers): readonly string[] {
  const byName: Readonly<Record<string, Setting<unknown>>> = settings;
  const isOn = (name: string): boolean => ![undefined, false].includes(byName[name]?.value as undefined);
  return FLAG_ROWS.flatMap((row) => {
    const { name, needs } = row;
    const source = givenAt(row, byName);
    if (needs === undefined || source === undefined || source.from === 'environment' || needs.some(isOn)) return [];
    return [`Ignoring ${writtenAs(name, source)}: it needs ${needs.map((need) => `--${need}`).join(' or ')}`];
  });
}

/** @throws {UsageError} for the first setting that asks for what this version cannot do. */
export function refuseUnavailable({ settings }: MergedLayers): void {
  const byName: Readonly<Record<string, Setting<unknown>>> = settings;
  for (const row of FLAG_ROWS) {
    const source = givenAt(row, byName);
    if (row.unavailable === undefined || source === undefined) continue;
    const written = writtenAs(row.name, source);
    throw new UsageError(`cannot start with ${written}: ${row.unavailable}`, { hint: `remove ${written}` });
  }
}

/** Where a setting was made; undefined for a default, and for a switch that is off. */
function givenAt(
  { name }: FlagRow,
  settings: Readonly<Record<string, Setting<unknown>>>,
): Setting<unknown>['source'] | undefined {
  const setting = settings[name];
  return setting === undefined || setting.source.from === 'default' || setting.value === false
    ? undefined
    : setting.source;
}
