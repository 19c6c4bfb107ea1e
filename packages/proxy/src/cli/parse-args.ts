// Reads a command line against a flag table: typed settings, and the arguments that are no flags.

import type { FlagRow, FlagTable, GivenSettings } from './flag-row.ts';
import { scanArgs } from './scan-args.ts';
import type { Setting } from '../config/sources.ts';
import { UsageError } from './usage-error.ts';
import { parseBoolean } from './values/boolean.ts';
import { readValue } from './values/read-value.ts';

export interface ParsedArgs<Table extends FlagTable> {
  readonly given: GivenSettings<Table>;
  /** In the order given, those behind `--` included. */
  readonly positionals: readonly string[];
  /** How many of them stand before `--`; undefined when there is none. */
  readonly beforeDashes: number | undefined;
  /** Everything wrong with the command line, from left to right. What else it asks for is read all the same. */
  readonly mistakes: readonly UsageError[];
}

/** A repeated flag counts as given last; lists grow instead. */
export function parseArgs<Table extends FlagTable>(table: Table, argv: readonly string[]): ParsedArgs<Table> {
  const given: Record<string, Setting<unknown>> = {};
  const positionals: string[] = [];
  const mistakes: UsageError[] = [];
  let bareBoolean: string | undefined;
  let beforeDashes: number | undefined;
  for (const arg of scanArgs(table, argv)) {
    const switchBefore = bareBoolean;
    bareBoolean = undefined;
    if (arg.is === 'mistake') {
      mistakes.push(arg.error);
    } else if (arg.is === 'dashes') {
      beforeDashes = positionals.length;
    } else if (arg.is === 'positional') {
      positionals.push(arg.text);
      if (switchBefore !== undefined && parseBoolean(arg.text) !== undefined) {
        const hint = `write ${switchBefore}=${arg.text}`;
        mistakes.push(new UsageError(`${switchBefore} does not take "${arg.text}" from the next argument`, { hint }));
      }
    } else {
      if (arg.text === undefined) bareBoolean = arg.written;
      const value = valueOf(arg.row, arg);
      if (value instanceof UsageError) mistakes.push(value);
      else given[arg.row.name] = { value: addTo(given[arg.row.name]?.value, value), source: { from: 'command-line' } };
    }
  }
  // Each entry holds what the kind of its row parsed.
  return { given: given as GivenSettings<Table>, positionals, beforeDashes, mistakes };
}

function valueOf(row: FlagRow, { written, text }: { readonly written: string; readonly text: string | undefined }) {
  return text === undefined ? true : readValue(row, { written, text });
}

function addTo(before: unknown, value: unknown): unknown {
  return Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
}
