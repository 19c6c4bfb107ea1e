// Splits a command line by pflag's grammar into flags with their raw values and the arguments between them.

import { isFlag, type FlagRow, type FlagTable } from './flag-row.ts';
import { closest } from './suggest.ts';
import { UsageError } from './usage-error.ts';
import { exampleOf } from './values/read-value.ts';

export type ScannedArg =
  /** `text` is undefined for a boolean without a value. `written` is the flag as it stands there, with its dashes. */
  | { readonly is: 'flag'; readonly row: FlagRow; readonly written: string; readonly text: string | undefined }
  /** `at` is its index in the command line. */
  | { readonly is: 'positional'; readonly text: string; readonly at: number }
  /** `--`: whatever follows is positional. */
  | { readonly is: 'dashes' }
  /** The scan goes on behind a mistake, so that what else was asked for is still known. */
  | { readonly is: 'mistake'; readonly error: UsageError };

/** `-` alone is an argument, and so is everything behind `--`. Flags other than booleans take the next argument, whatever it is. */
export function* scanArgs(table: FlagTable, argv: readonly string[]): Generator<ScannedArg, void, undefined> {
  const args = argv.entries();
  const next = () => args.next().value?.[1];
  for (const [at, arg] of args) {
    if (arg === '--') {
      yield { is: 'dashes' };
      break;
    }
    if (arg.startsWith('--')) yield scanLong(table, arg, next);
    else if (arg.startsWith('-') && arg !== '-') yield* scanShorts(table, arg, next);
    else yield { is: 'positional', text: arg, at };
  }
  for (const [at, text] of args) yield { is: 'positional', text, at };
}

function scanLong(table: FlagTable, arg: string, next: () => string | undefined): ScannedArg {
  const [name, text] = splitAtEquals(arg.slice(2));
  const row = findLong(table, name);
  if (row === undefined) return { is: 'mistake', error: unknownLong(table, name) };
  const written = `--${name}`;
  if (text !== undefined || row.kind === 'boolean') return { is: 'flag', row, written, text };
  return withNextValue(row, written, next);
}

function* scanShorts(table: FlagTable, arg: string, next: () => string | undefined): Generator<ScannedArg> {
  const [word] = splitAtEquals(arg.slice(1));
  if (word.length > 1 && findLong(table, word) !== undefined) {
    // By the grammar `-port` is `-p ort`. Nobody means that.
    const hint = `did you mean --${word}? Long flags have two dashes`;
    yield { is: 'mistake', error: new UsageError(`unknown flag -${word}`, { hint }) };
    return;
  }
  for (let letters = arg.slice(1); letters !== ''; ) {
    const letter = letters.charAt(0);
    const behind = letters.slice(1);
    const row = table.find((candidate) => candidate.short === letter);
    if (row === undefined) {
      yield { is: 'mistake', error: unknownShort(letter, arg) };
      return;
    }
    const written = `-${letter}`;
    if (behind.startsWith('=')) {
      yield { is: 'flag', row, written, text: behind.slice(1) };
      return;
    }
    if (row.kind !== 'boolean') {
      yield behind === '' ? withNextValue(row, written, next) : { is: 'flag', row, written, text: behind };
      return;
    }
    yield { is: 'flag', row, written, text: undefined };
    letters = behind;
  }
}

function withNextValue(row: FlagRow, written: string, next: () => string | undefined): ScannedArg {
  const text = next();
  if (text !== undefined) return { is: 'flag', row, written, text };
  const hint = `write it like ${written} ${exampleOf(row)}`;
  return { is: 'mistake', error: new UsageError(`${written} needs a value`, { hint }) };
}

function findLong(table: FlagTable, name: string): FlagRow | undefined {
  return table.find((row) => row.name === name && isFlag(row));
}

function unknownLong(table: FlagTable, name: string): UsageError {
  const queryOnly = table.find((row) => row.name === name);
  if (queryOnly !== undefined) {
    const hint = `it is a query parameter of one instance: 'INSTANCE_URI?${name}=${queryOnly.placeholder ?? 'VALUE'}'`;
    return new UsageError(`unknown flag --${name}`, { hint });
  }
  const near = closest(
    name,
    table.filter(isFlag).map((row) => row.name),
  );
  return new UsageError(`unknown flag --${name}`, { hint: near === undefined ? SEE_HELP : `did you mean --${near}?` });
}

function unknownShort(letter: string, arg: string): UsageError {
  return new UsageError(`unknown flag -${letter}${arg.length > 2 ? ` in ${arg}` : ''}`, { hint: SEE_HELP });
}

const SEE_HELP = 'see --help for the flags there are';

function splitAtEquals(text: string): readonly [name: string, value: string | undefined] {
  const at = text.indexOf('=');
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
