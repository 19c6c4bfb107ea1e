// What a command is: something else than a start that the program can be asked for by a word.

import type { LogSinks } from '../observability/logger.ts';
import type { FlagTable } from './flag-row.ts';

export interface CommandContext {
  /** Without the name of the command. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly sinks: LogSinks;
}

/** Resolves with the exit code. Rejects with a {@link UsageError} for a mistake in the arguments. */
export type RunCommand = (context: CommandContext) => Promise<number>;

export interface Command {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** What stands behind the name: `[flags] INSTANCE_URI...`; empty for nothing. */
  readonly usage: string;
  /** The words of which one may stand behind the name, when there are only so many. */
  readonly words?: readonly string[];
  /** `help` is among them. */
  readonly flags: FlagTable;
  /** What else `COMMAND --help` says, at its end. */
  readonly notes?: string;
  /** Loads its code, and with it whatever it needs, only when it is asked for. */
  readonly load: () => Promise<RunCommand>;
}
