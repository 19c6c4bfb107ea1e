// What a shell can complete, read from the tables of flags and commands: the same for every shell.

import type { Command } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { type FlagRow, isFlag } from '../flag-row.ts';
import { FLAG_ROWS } from '../flags.ts';

/** What may stand as the value of a flag. */
export type Completion =
  /** Only behind `=`: the next word is not its value. */
  | { readonly is: 'switch' }
  | { readonly is: 'words'; readonly words: readonly string[] }
  | { readonly is: 'file' }
  | { readonly is: 'folder' }
  /** Nothing that a shell could know. */
  | { readonly is: 'text' };

export interface CompletableFlag {
  /** `--port`, `-p`. */
  readonly spellings: readonly string[];
  readonly description: string;
  readonly placeholder: string;
  readonly value: Completion;
  /** May be given more than once. */
  readonly repeats: boolean;
}

export interface CompletableCommand {
  readonly name: string;
  readonly description: string;
  /** What may stand behind the name. */
  readonly words: readonly string[];
  readonly flags: readonly CompletableFlag[];
}

export interface Completable {
  /** Those of the program itself. */
  readonly flags: readonly CompletableFlag[];
  readonly commands: readonly CompletableCommand[];
}

export function completable(): Completable {
  return { flags: flagsOf(FLAG_ROWS), commands: COMMANDS.map(commandOf) };
}

/** Every spelling of every flag, each once: the same name takes the same kind of value wherever it may stand, all words together. */
export function valuesBySpelling({ flags, commands }: Completable): ReadonlyMap<string, Completion> {
  const all = [...flags, ...commands.flatMap((command) => command.flags)];
  const values = new Map<string, Completion>();
  for (const { spellings, value } of all) {
    for (const spelling of spellings) values.set(spelling, withWordsOf(values.get(spelling), value));
  }
  return values;
}

function withWordsOf(before: Completion | undefined, value: Completion): Completion {
  if (before?.is !== 'words' || value.is !== 'words') return value;
  return { is: 'words', words: [...new Set([...before.words, ...value.words])] };
}

/** The spellings of flags whose value is the next word. */
export function spellingsWithValue(from: Completable): readonly string[] {
  return Array.from(valuesBySpelling(from)).flatMap(([spelling, { is }]) => (is === 'switch' ? [] : [spelling]));
}

function commandOf({ name, summary, words = [], flags }: Command): CompletableCommand {
  return { name, description: firstSentence(summary), words, flags: flagsOf(flags) };
}

function flagsOf(rows: readonly FlagRow[]): readonly CompletableFlag[] {
  return rows.filter(isFlag).map((row) => ({
    spellings: [`--${row.name}`, ...(row.short === undefined ? [] : [`-${row.short}`])],
    description: firstSentence(row.help),
    placeholder: row.placeholder ?? '',
    value: completionOf(row),
    repeats: row.kind === 'list',
  }));
}

function completionOf({ kind, choices, placeholder }: FlagRow): Completion {
  if (kind === 'boolean') return { is: 'switch' };
  if (choices !== undefined) return { is: 'words', words: choices };
  if (kind !== 'path') return { is: 'text' };
  return placeholder === 'DIR' ? { is: 'folder' } : { is: 'file' };
}

/** Lists of suggestions have one line for each. */
function firstSentence(text: string): string {
  return text.split(/\.(?: |$)/, 1)[0] ?? text;
}
