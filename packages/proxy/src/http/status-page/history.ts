// The last fifteen minutes of throughput and dials, for the charts.

import type { ProxyModel } from '../../observability/model/proxy-model.ts';

export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly fromClientsPerSecond: number;
  readonly toClientsPerSecond: number;
  /** Mean of the dials that succeeded since the sample before; undefined when there were none. */
  readonly dialMs: number | undefined;
}

export interface HistoryOptions {
  readonly model: ProxyModel;
  readonly now?: () => number;
  /** Calls back again and again; returns what ends that. Default: a timer that does not keep the process alive. */
  readonly setTimer?: (everyMs: number, callback: () => void) => () => void;
}

const everyMs = 5_000;
const mostSamples = 180;

interface Totals {
  readonly at: number;
  readonly fromClients: number;
  readonly toClients: number;
  readonly dials: number;
  readonly dialMs: number;
}

export class History implements Disposable {
  readonly #model: ProxyModel;
  readonly #now: () => number;
  readonly #stop: () => void;
  readonly #samples: Sample[] = [];
  #before: Totals;

  constructor({ model, now = Date.now, setTimer = systemTimer }: HistoryOptions) {
    this.#model = model;
    this.#now = now;
    this.#before = this.#totals();
    this.#stop = setTimer(everyMs, () => this.#take());
  }

  /** Those after a time, the oldest first. */
  since(at: number): readonly Sample[] {
    return this.#samples.filter((sample) => sample.at > at);
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  #take(): void {
    const [before, totals] = [this.#before, this.#totals()];
    this.#before = totals;
    // The clock may have been set back.
    const seconds = Math.max(0.001, (totals.at - before.at) / 1_000);
    const dials = totals.dials - before.dials;
    this.#samples.push({
      at: totals.at,
      fromClientsPerSecond: (totals.fromClients - before.fromClients) / seconds,
      toClientsPerSecond: (totals.toClients - before.toClients) / seconds,
      dialMs: dials === 0 ? undefined : (totals.dialMs - before.dialMs) / dials,
    });
    if (this.#samples.length > mostSamples) this.#samples.shift();
  }

  #totals(): Totals {
    let [fromClients, toClients, dials, dialMs] = [0, 0, 0, 0];
    for (const instance of this.#model.instances.values()) {
      const { bytesFromClient, bytesToClient } = this.#model.traffic(instance);
      fromClients += bytesFromClient;
      toClients += bytesToClient;
      dials += instance.dialLatencyMs.count;
      dialMs += instance.dialLatencyMs.sum;
    }
    return { at: this.#now(), fromClients, toClients, dials, dialMs };
  }
}

function systemTimer(delayMs: number, callback: () => void): () => void {
  const timer = setInterval(callback, delayMs).unref();
  return () => clearInterval(timer);
}
