// The emulator's program as a process: started, asked by its own commands, stopped or killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(import.meta.resolve('../../packages/emulator/src/main.ts'));

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface EmulatorProcess extends AsyncDisposable {
  /** URL of its APIs. */
  readonly url: string;
  readonly output: string;
  readonly exited: Promise<unknown>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

function spawnEmulator(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const all = { ...process.env, ALLOYDB_EMULATOR_HOST: '', ...env };
  return spawn(process.execPath, [...process.execArgv, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: all });
}

/** Runs a command to its end. */
export async function runEmulator(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Answer> {
  const child = spawnEmulator(args, env);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Resolves when it serves. */
export async function startEmulatorProcess(...args: readonly string[]): Promise<EmulatorProcess> {
  const child = spawnEmulator(['start', ...args]);
  let output = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      output += bytes.toString();
      const url = /^Admin API +(\S+)$/m.exec(output)?.[1];
      if (url !== undefined && output.includes('Ctrl-C')) resolve(url);
    });
  }
  const exited = once(child, 'close');
  void exited.then(() => reject(new Error(`The emulator has ended:\n${output}`)));
  const url = await promise;
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return {
    url,
    get output() {
      return output;
    },
    exited,
    kill,
    [Symbol.asyncDispose]: async () =>
      child.exitCode === null && child.signalCode === null ? kill('SIGTERM') : undefined,
  };
}
