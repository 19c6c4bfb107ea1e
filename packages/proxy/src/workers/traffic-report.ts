// What has gone through the sessions of a worker, told to the primary process while they last.

import type { SessionEvent, Traffic } from '../proxy/session-events.ts';
import type { SentTraffic } from './messages.ts';

interface Told {
  readonly traffic: () => Traffic;
  sum: number;
}

// Those who ask for metrics do so four times a minute, and what a session has had in all is said at its end anyway.
const everyMs = 5_000;

export class TrafficReport {
  readonly #send: (counts: readonly SentTraffic[]) => void;
  readonly #sessions = new Map<number, Told>();
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (counts: readonly SentTraffic[]) => void) {
    this.#send = send;
  }

  note(event: SessionEvent): void {
    if (event.at === 'connected') {
      this.#sessions.set(event.id, { traffic: event.traffic, sum: 0 });
      this.#timer ??= setInterval(() => this.#tell(), everyMs).unref();
    } else if (event.at === 'closed') {
      this.#sessions.delete(event.id);
      if (this.#sessions.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  /** Only of those through which something has gone: most of many sessions are idle. */
  #tell(): void {
    const counts: SentTraffic[] = [];
    for (const [id, told] of this.#sessions) {
      const { bytesFromClient, bytesToClient } = told.traffic();
      const sum = bytesFromClient + bytesToClient;
      if (sum === told.sum) continue;
      told.sum = sum;
      counts.push([id, bytesFromClient, bytesToClient]);
    }
    if (counts.length > 0) this.#send(counts);
  }
}
