// All metrics of a running proxy, read from its model at the moment somebody asks.

import { randomUUID } from 'node:crypto';
import { VERSION } from '../../cli/version.ts';
import type { ProxyModel } from '../model/proxy-model.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import type { Family } from './family.ts';
import { instanceFamilies } from './instance-families.ts';
import { officialFamilies } from './official-families.ts';
import { processFamilies } from './process-families.ts';
import { warmFamilies } from './warm-families.ts';
import { workerFamilies } from './worker-families.ts';

export class Metrics implements Disposable {
  /** Tells this process from others; one of its own for each, as officially. */
  readonly dialerId = randomUUID();
  readonly #model: ProxyModel;
  readonly #eventLoop = new EventLoopDelay();

  constructor(model: ProxyModel) {
    this.#model = model;
  }

  families(): readonly Family[] {
    const [model, { dialerId }] = [this.#model, this];
    return [
      ...officialFamilies({ model, dialerId }),
      ...instanceFamilies(model),
      ...warmFamilies(model),
      ...workerFamilies(model),
      ...processFamilies({ model, version: VERSION, eventLoopDelay: this.#eventLoop.histogram }),
    ];
  }

  [Symbol.dispose](): void {
    this.#eventLoop[Symbol.dispose]();
  }
}
