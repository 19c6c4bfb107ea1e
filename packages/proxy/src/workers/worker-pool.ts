// The worker processes of a proxy: as many as were asked for, each client with the one that has least to do.

import type { Socket } from 'node:net';
import type { SharedSource } from 'alloydb-connector';
import type { Logger } from '../observability/logger.ts';
import type { RunningSession, SessionOptions } from '../proxy/session.ts';
import { StartError } from '../proxy/start-error.ts';
import type { DialTarget, WorkerSetting } from './messages.ts';
import { RemoteSession } from './remote-session.ts';
import { WorkerProcess } from './worker-process.ts';

export interface WorkerPoolOptions {
  readonly count: number;
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly setting: WorkerSetting;
  readonly source: () => SharedSource;
  readonly logger: Logger;
}

// One that dies again at once is not started again at once.
const youngMs = 10_000;
const longestPauseMs = 60_000;
const firstPauseMs = 500;
// What a worker may take to end its sessions when it is told to; after that it hangs.
const stopLimitMs = 5_000;

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Set<WorkerProcess>();
  /** Clients that came while there was no worker. */
  readonly #waiting: (() => void)[] = [];
  readonly #pauses = new Set<NodeJS.Timeout>();
  #setting: WorkerSetting;
  #lastNumber = 0;
  #lastStartAt = Number.NEGATIVE_INFINITY;
  #earlyDeaths = 0;
  #isClosed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#setting = options.setting;
  }

  /**
   * Resolves when all are ready.
   *
   * @throws {StartError} when none can be had.
   */
  async start(): Promise<void> {
    for (let count = 0; count < this.#options.count; count += 1) this.#startOne();
    await Promise.all([...this.#workers].map(({ ready }) => ready));
    if (this.#isClosed || [...this.#workers].some(({ isServing }) => isServing)) return;
    throw new StartError('no worker process could be started', {
      hint: 'the lines before say how they ended; without --workers one process serves all clients',
    });
  }

  /** How they dial and log from now on. */
  use(setting: WorkerSetting): void {
    this.#setting = setting;
    for (const worker of this.#workers) worker.send({ kind: 'setting', setting });
  }

  open(client: Socket, options: SessionOptions & { readonly target: DialTarget }): RunningSession {
    return new RemoteSession(client, { ...options, findHost: (session) => this.#findHost(session) });
  }

  /** Ends all once their sessions are over; whoever hangs is killed. Idempotent. */
  async close(sessionsOver: Promise<void>): Promise<void> {
    this.#isClosed = true;
    for (const pause of this.#pauses) clearTimeout(pause);
    this.#wakeAll();
    const killer = setTimeout(() => this.#killAll(), stopLimitMs);
    for (const worker of this.#workers) worker.retire();
    await sessionsOver;
    while (this.#workers.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    clearTimeout(killer);
  }

  #killAll(): void {
    for (const worker of this.#workers) worker.kill();
  }

  async #findHost(session: RemoteSession): Promise<WorkerProcess | undefined> {
    for (;;) {
      if (this.#isClosed || session.isDropped) return undefined;
      const serving = [...this.#workers].filter((worker) => worker.isServing);
      const [least] = serving.toSorted((a, b) => Number(a.isLate) - Number(b.isLate) || a.load - b.load);
      if (least !== undefined) {
        least.take(session);
        // Who has just been served comes last among equals.
        this.#workers.delete(least);
        this.#workers.add(least);
        return least;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #startOne(): void {
    const { command, env, source, logger } = this.#options;
    this.#lastStartAt = performance.now();
    const worker: WorkerProcess = new WorkerProcess({
      number: (this.#lastNumber += 1),
      command,
      env,
      setting: this.#setting,
      source,
      logger,
      onReady: () => this.#wakeAll(),
      onEnd: () => {
        const isShort = this.#isMissing(worker);
        this.#workers.delete(worker);
        if (this.#isClosed) this.#wakeAll();
        else if (isShort) this.#replace();
      },
      onUnwell: () => {
        if (!worker.isWanted) return;
        worker.retire();
        this.#replace();
      },
    });
    this.#workers.add(worker);
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #isMissing(worker: WorkerProcess): boolean {
    const wanted = [...this.#workers].filter((each) => each !== worker && each.isWanted).length;
    return wanted + this.#pauses.size < this.#options.count;
  }

  #replace(): void {
    this.#earlyDeaths = performance.now() - this.#lastStartAt < youngMs ? this.#earlyDeaths + 1 : 0;
    const pauseMs = this.#earlyDeaths < 2 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** this.#earlyDeaths);
    const pause = setTimeout(() => {
      this.#pauses.delete(pause);
      this.#startOne();
    }, pauseMs);
    this.#pauses.add(pause);
  }
}
