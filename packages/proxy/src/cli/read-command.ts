// Reads the arguments of one command: its flags with their defaults, and the words behind its name.

import { defaultOf } from '../config/sources.ts';
import type { FlagTable, FlagValues } from './flag-row.ts';
import { type ParsedArgs, parseArgs } from './parse-args.ts';
import { PROGRAM } from './program-name.ts';
import { UsageError } from './usage-error.ts';

export interface CommandArgs<Table extends FlagTable> extends Pick<ParsedArgs<Table>, 'given'> {
  readonly values: FlagValues<Table>;
  readonly words: readonly string[];
}

export interface CommandShape<Table extends FlagTable> {
  readonly name: string;
  readonly flags: Table;
  /** How many words it takes. Default: none. */
  readonly atMost?: number;
}

/** @throws {UsageError} for the first mistake. */
export function readCommand<Table extends FlagTable>(
  { name, flags, atMost = 0 }: CommandShape<Table>,
  argv: readonly string[],
): CommandArgs<Table> {
  const { given, positionals, mistakes } = parseArgs(flags, argv);
  if (mistakes[0] !== undefined) throw mistakes[0];
  const extra = positionals[atMost];
  if (extra !== undefined) {
    const hint = `see ${PROGRAM} ${name} --help`;
    throw new UsageError(`unexpected argument "${extra}" for ${name}`, { hint });
  }
  const byName: Readonly<Record<string, { readonly value: unknown } | undefined>> = given;
  const values = Object.fromEntries(
    flags.map((row) => [row.name, (byName[row.name] ?? { value: defaultOf(row) }).value]),
  );
  // One entry a row, each holding what the row's kind parsed.
  return { given, values: values as FlagValues<Table>, words: positionals };
}
