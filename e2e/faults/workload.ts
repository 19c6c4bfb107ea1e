// Clients that work without a pause, as pgbench does: some on a connection that stays, some on a new one each time.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Login } from '../support/clients.ts';

export interface WorkloadFigures {
  readonly transactions: number;
  readonly connections: number;
  readonly slowestMs: number;
}

const lasting = 3;
const transactionsEach = 5;
const pollMs = 10;

export class Workload implements AsyncDisposable {
  readonly #login: Login;
  readonly #workers: readonly Promise<void>[];
  #stopped = false;
  #failure: unknown;
  #transactions = 0;
  #connections = 0;
  #slowestMs = 0;

  constructor(login: Login) {
    this.#login = login;
    const endless = Number.POSITIVE_INFINITY;
    this.#workers = [
      ...Array.from({ length: lasting }, () => this.#work(endless)),
      // Every connection is a new dial, over the certificate that the instance has by then.
      this.#work(transactionsEach),
    ];
  }

  get figures(): WorkloadFigures {
    return {
      transactions: this.#transactions,
      connections: this.#connections,
      slowestMs: Math.round(this.#slowestMs),
    };
  }

  /** Waits for so many transactions more; fails when one has failed, then or before. */
  async rounds(count: number): Promise<void> {
    const goal = this.#transactions + count;
    while (this.#transactions < goal && this.#failure === undefined) await sleep(pollMs);
    this.#assertUnharmed();
  }

  /** Fails when a transaction has failed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    this.#assertUnharmed();
  }

  #assertUnharmed(): void {
    assert.equal(this.#failure, undefined, `a transaction failed after ${this.#transactions}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  /** Never rejects: the first failure ends all work, and is kept. */
  async #work(transactionsOfOne: number): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#connection(transactionsOfOne);
      } catch (error) {
        this.#failure ??= error;
      }
    }
  }

  async #connection(transactions: number): Promise<void> {
    const client = new Client({ host: '127.0.0.1', database: 'postgres', ...this.#login });
    // What breaks the connection reaches the query as well.
    client.on('error', () => undefined);
    await client.connect();
    this.#connections += 1;
    try {
      for (let done = 0; done < transactions && !this.#isOver; done += 1) await this.#transaction(client);
    } finally {
      await client.end();
    }
  }

  async #transaction(client: Client): Promise<void> {
    const startedAt = performance.now();
    await client.query('begin');
    await client.query("select sum(n), repeat('x', 5000) from generate_series(1, 100) n");
    await client.query('commit');
    this.#transactions += 1;
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
  }

  get #isOver(): boolean {
    return this.#stopped || this.#failure !== undefined;
  }
}
