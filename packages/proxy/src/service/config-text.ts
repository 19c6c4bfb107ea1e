// Settings as the text of a config file that says the same.

import { FLAG_ROWS } from '../cli/flags.ts';
import { isInFile, isQueryParameter, type FlagRow } from '../cli/flag-row.ts';
import { type ShownValue, showValue } from '../cli/values/show-value.ts';
import { checkInstance } from '../config/instance-args.ts';
import type { GivenInstance, MergedLayers, Setting } from '../config/sources.ts';

/** TOML; defaults are left out. `comment` stands at its top. */
export function configText({ settings, instances }: MergedLayers, comment: readonly string[]): string {
  const byName: Readonly<Record<string, Setting<unknown>>> = settings;
  const lines = FLAG_ROWS.filter(isInFile).flatMap((row) => {
    const setting = byName[row.name];
    return setting === undefined || setting.source.from === 'default' ? [] : [assignment(row, setting.value)];
  });
  const parts = [comment.map((line) => `# ${line}`), lines, ...instances.map(instanceLines)];
  const text = parts.filter((part) => part.length > 0).map((part) => part.join('\n'));
  return `${text.join('\n\n')}\n`;
}

function instanceLines(given: GivenInstance): readonly string[] {
  const { choices } = checkInstance(given);
  const byName: Readonly<Record<string, unknown>> = choices;
  const rows = FLAG_ROWS.filter((row) => isQueryParameter(row) && byName[row.name] !== undefined);
  const [uri = ''] = given.value.split('?', 1);
  return ['[[instances]]', `uri = ${literal(uri)}`, ...rows.map((row) => assignment(row, byName[row.name]))];
}

function assignment(row: FlagRow, value: unknown): string {
  if (row.secret === true) throw new TypeError(`${row.name} must not be written down`);
  return `${row.name} = ${literal(showValue(row, value))}`;
}

/** JSON's literals are TOML's, but for one character that TOML wants escaped too. */
function literal(value: ShownValue): string {
  return JSON.stringify(value).replaceAll('\u007f', String.raw`\u007f`);
}
