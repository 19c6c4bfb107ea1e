// Runs a child process to its end for what it prints, within a time limit.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { formatSeconds } from '../abort.ts';
import type { Clock } from '../refresh/clock.ts';

export interface ChildCommand {
  readonly file: string;
  readonly args?: readonly string[];
  /** Leave the parsing of `file` to the shell. Default false. */
  readonly shell?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface ChildOutput {
  /** Undefined when a signal ended the process. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

// A token is a few kilobytes at most.
const longestOutput = 64 * 1024;
const windows = process.platform === 'win32';

/**
 * Rejects when the process cannot be started, prints too much or takes too long. No error holds anything of the command
 * line or of what was printed: either may hold secrets.
 */
export async function childOutput(command: ChildCommand): Promise<ChildOutput> {
  const { file, args = [], shell = false, env, timeoutMs, clock, signal } = command;
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<ChildOutput>();
  const options: SpawnOptions = {
    env: { ...env },
    shell,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    // A process group of its own, so that a shell can be ended together with what it started.
    detached: !windows,
  };
  const child = start(file, args, options);
  const fail = (error: Error): void => {
    reject(error);
    endGroup(child.pid);
    // A process that has left the group may hold the pipes open; they must not hold this process.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const onAbort = (): void => fail(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = clock.setTimer(timeoutMs, () => fail(new Error(`it did not end within ${formatSeconds(timeoutMs)}`)));
  const stdout = collect(child.stdout, fail);
  const stderr = collect(child.stderr, fail);
  child.once('error', (error: NodeJS.ErrnoException) => reject(startError(error)));
  child.once('close', (code) => resolve({ exitCode: code ?? undefined, stdout: stdout(), stderr: stderr() }));
  try {
    return await promise;
  } finally {
    timer.clear();
    signal.removeEventListener('abort', onAbort);
  }
}

function start(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(file, args, options);
  } catch (error) {
    throw startError(error as NodeJS.ErrnoException);
  }
}

function collect(stream: NodeJS.ReadableStream | null, fail: (error: Error) => void): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream?.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > longestOutput) fail(new Error(`it printed more than ${longestOutput} bytes`));
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Errors of spawn hold the whole command line, so only the code goes on. */
function startError({ code }: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return Object.assign(new Error('it cannot be started'), { code });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(windows ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended by itself in the meantime.
  }
}
