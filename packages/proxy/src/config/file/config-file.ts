// A config file that is being read, and what has been found wrong with it.

import { UsageError } from '../../cli/usage-error.ts';
import type { FileFormat } from './formats.ts';

export interface FileMistake {
  /** Undefined where it is not known. */
  readonly line: number | undefined;
  readonly error: UsageError;
}

export class ConfigFile {
  /** As the user gave it. */
  readonly path: string;
  readonly format: FileFormat;
  readonly #mistakes: FileMistake[] = [];
  readonly #notices: string[] = [];

  constructor(path: string, format: FileFormat) {
    this.path = path;
    this.format = format;
  }

  /** Notes a mistake; its place is put before the message. */
  complain(line: number | undefined, { message, hint }: { readonly message: string; readonly hint: string }): void {
    this.note([{ line, error: new UsageError(`${placeIn(this.path, line)}: ${message}`, { hint }) }]);
  }

  note(mistakes: readonly FileMistake[]): void {
    this.#mistakes.push(...mistakes);
  }

  /** Notes what is left alone, and why, in a sentence. */
  notice(text: string): void {
    this.#notices.push(text);
  }

  get notices(): readonly string[] {
    return this.#notices;
  }

  /** In the order of their lines; those without a line come last. */
  mistakesInOrder(): readonly UsageError[] {
    const inOrder = this.#mistakes.toSorted(({ line: a = LAST }, { line: b = LAST }) => a - b);
    return inOrder.map(({ error }) => error);
  }
}

const LAST = Number.MAX_SAFE_INTEGER;

/** `proxy.toml:7`, as compilers and editors write it. */
export function placeIn(path: string, line: number | undefined): string {
  return line === undefined ? path : `${path}:${line}`;
}
