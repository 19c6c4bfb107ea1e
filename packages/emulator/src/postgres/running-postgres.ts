// A PostgreSQL under its guardian: when it is ready, why it failed, how it stops.

import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { EmulatorError, reasonOf } from '../emulator-error.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const KEPT_LINES = 20;

export class RunningPostgres {
  readonly #guardian: ChildProcess;
  readonly #folder: string;
  readonly #log: (line: string) => void;
  readonly #exited: Promise<void>;
  readonly #lastLines: string[] = [];
  readonly #ready = Promise.withResolvers<number>();
  #port: number | undefined;
  #state: 'starting' | 'ready' | 'closing' = 'starting';

  constructor(guardian: ChildProcess, folder: string, log: (line: string) => void) {
    this.#guardian = guardian;
    this.#folder = folder;
    this.#log = log;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exited = promise;
    guardian.once('error', (cause) => {
      this.#ready.reject(new EmulatorError('POSTGRES_FAILED', `Cannot run /bin/sh: ${cause.message}`, { cause }));
      resolve();
    });
    guardian.once('close', (code) => {
      this.#onExit(code);
      resolve();
    });
    // Nothing is ever written there; a guardian that is gone must not end the emulator.
    guardian.stdin?.on('error', () => {});
    for (const stream of [guardian.stdout, guardian.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#onLine(line));
    }
  }

  /** Resolves to the port. */
  async ready(): Promise<number> {
    const timer = setTimeout(() => this.#ready.reject(this.#failure('it is not ready after 60 s')), START_TIMEOUT_MS);
    try {
      const port = await this.#ready.promise;
      this.#state = 'ready';
      return port;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#state = 'closing';
    this.#guardian.stdin?.end();
    const timer = setTimeout(() => this.#kill(), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timer);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The guardian leads a process group, to which PostgreSQL's first process belongs; the others follow that one. */
  #kill(): void {
    const { pid } = this.#guardian;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      this.#log(`Cannot kill PostgreSQL: ${reasonOf(error)}`);
    }
  }

  #onLine(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
    const port = /listening on IPv4 address "127\.0\.0\.1", port (\d+)/.exec(line)?.[1];
    if (port !== undefined) this.#port = Number(port);
    if (this.#port !== undefined && line.includes('database system is ready to accept connections')) {
      this.#ready.resolve(this.#port);
    }
  }

  #onExit(code: number | null): void {
    const failure = this.#failure(`it stopped with exit code ${code}`);
    if (this.#state === 'ready') this.#log(failure.message);
    this.#ready.reject(failure);
  }

  #failure(reason: string): EmulatorError {
    const said = this.#lastLines.length === 0 ? '' : `:\n${this.#lastLines.join('\n')}`;
    return new EmulatorError('POSTGRES_FAILED', `Cannot run PostgreSQL: ${reason}${said}`);
  }
}
