// The running proxy as metrics, health, the status page and `status` see it; kept only when one of them is asked for.

import { isDeepStrictEqual } from 'node:util';
import {
  type DialEvent,
  dialChannel,
  parseInstanceUri,
  type RefreshEvent,
  refreshChannel,
  shortInstanceName,
  type TokenEvent,
  tokenChannel,
} from 'alloydb-connector';
import { type LifecycleEvent, lifecycleChannel } from '../../proxy/lifecycle-events.ts';
import type { LifecycleState } from '../../proxy/lifecycle.ts';
import { type SessionEvent, sessionChannel, type Traffic } from '../../proxy/session-events.ts';
import { type WarmEvent, warmChannel } from '../../proxy/warm-events.ts';
import { type WorkerEvent, workerChannel } from '../../workers/worker-events.ts';
import { follow } from '../follow.ts';
import { InstanceModel } from './instance-model.ts';
import { type SessionModel, type SessionState, trafficOf } from './session-model.ts';
import { WorkerModel } from './worker-model.ts';

export interface ProxyModelOptions {
  /** The instances of the configuration, full URIs or DNS names, in order; more come as they are met. */
  readonly instances: readonly string[];
  /** Milliseconds since the epoch. Default: the system's clock. */
  readonly now?: () => number;
}

/** Follows the events of this process from its making to its disposal. */
export class ProxyModel implements Disposable {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  tokenRenewals = 0;
  tokenFailures = 0;
  readonly workers = new WorkerModel();
  readonly #now: () => number;
  readonly #instances = new Map<string, InstanceModel>();
  readonly #sessions = new Map<number, SessionModel>();
  readonly #names = new Map<string, string>();
  readonly #given: ReadonlySet<string>;
  readonly #undo = new DisposableStack();
  #state: LifecycleState = 'starting';

  constructor({ instances, now = Date.now }: ProxyModelOptions) {
    this.#now = now;
    this.startedAt = now();
    this.#given = new Set(instances);
    for (const uri of instances) this.#byUri(uri);
    this.#undo.use(follow(lifecycleChannel, (event) => this.#noteLifecycle(event as LifecycleEvent)));
    this.#undo.use(follow(sessionChannel, (event) => this.#noteSession(event as SessionEvent)));
    this.#undo.use(
      follow(refreshChannel, (message) => {
        const event = message as RefreshEvent;
        this.#byUri(event.instance).noteRefresh(event, now());
      }),
    );
    this.#undo.use(
      follow(dialChannel, (message) => {
        const event = message as DialEvent;
        this.#byUri(event.instance).noteDial(event, now());
      }),
    );
    this.#undo.use(
      follow(warmChannel, (message) => {
        const event = message as WarmEvent;
        this.#instances.get(event.instance)?.noteWarm(event, now());
      }),
    );
    this.#undo.use(follow(workerChannel, (event) => this.workers.note(event as WorkerEvent)));
    this.#undo.use(
      follow(tokenChannel, (message) => {
        if ((message as TokenEvent).at === 'renewed') this.tokenRenewals += 1;
        else this.tokenFailures += 1;
      }),
    );
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** By short name, in the order of the configuration; those that it no longer names keep their counts. */
  get instances(): ReadonlyMap<string, InstanceModel> {
    return this.#instances;
  }

  /** The clients that are there now, by number. */
  get sessions(): ReadonlyMap<number, SessionModel> {
    return this.#sessions;
  }

  /** How many clients of an instance are in a state now. */
  count(instance: string, at: SessionState['at']): number {
    return this.counts(instance)[at];
  }

  /** The same for every state, in one pass over the clients. */
  counts(instance: string): Readonly<Record<SessionState['at'], number>> {
    const counts = { connected: 0, dialling: 0, waiting: 0 };
    for (const session of this.#sessions.values()) {
      if (session.instance === instance) counts[session.state.at] += 1;
    }
    return counts;
  }

  /** All that has gone through sessions of an instance since the start, those that are open included. */
  traffic({ name, endedTraffic }: InstanceModel): Traffic {
    let { bytesFromClient, bytesToClient } = endedTraffic;
    for (const session of this.#sessions.values()) {
      if (session.instance !== name) continue;
      const live = trafficOf(session);
      bytesFromClient += live.bytesFromClient;
      bytesToClient += live.bytesToClient;
    }
    return { bytesFromClient, bytesToClient };
  }

  /** Stops following. Idempotent. */
  [Symbol.dispose](): void {
    this.#undo.dispose();
  }

  #noteLifecycle(event: LifecycleEvent): void {
    if (event.at === 'state') this.#state = event.state;
    else if (event.at !== 'stopping') this.#notePlace(event);
  }

  /** An instance may have had two listeners, of which one is closed. */
  #notePlace({ at, uri, place }: Extract<LifecycleEvent, { readonly uri: string }>): void {
    const instance = this.#byUri(uri);
    if (at === 'listening') instance.place = place;
    else if (isDeepStrictEqual(instance.place, place)) instance.place = undefined;
    // Anybody can have listeners opened behind --fuse: of those that were never used nothing is kept.
    if (instance.place !== undefined || instance.wasUsed || this.#given.has(uri)) return;
    this.#instances.delete(instance.name);
    this.#names.delete(uri);
  }

  #noteSession(event: SessionEvent): void {
    const { id, instance: name } = event;
    const instance = this.#instances.get(name);
    switch (event.at) {
      case 'accepted': {
        const { client } = event;
        this.#sessions.set(id, { id, instance: name, client, acceptedAt: this.#now(), state: { at: 'dialling' } });
        return;
      }
      case 'waiting':
        this.#enter(id, { at: 'waiting' });
        return;
      case 'admitted':
        instance?.queueWait.observe(event.waitedMs / 1_000);
        this.#enter(id, { at: 'dialling' });
        return;
      case 'refused':
        instance?.refused.add(event.reason);
        this.#sessions.delete(id);
        return;
      case 'connected': {
        if (instance !== undefined) instance.opened += 1;
        const { address, ipType, dialMs, traffic } = event;
        this.#enter(id, { at: 'connected', address, ipType, dialMs, traffic });
        return;
      }
      case 'closed':
        instance?.noteClosed(event);
        this.#sessions.delete(id);
        return;
      case 'failed':
      case 'left':
        this.#sessions.delete(id);
    }
  }

  /** A cancel request that was refused first has no session any more; it is over at once, and is not shown. */
  #enter(id: number, state: SessionState): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) this.#sessions.set(id, { ...session, state });
  }

  #byUri(uri: string): InstanceModel {
    const name = this.#nameOf(uri);
    const known = this.#instances.get(name);
    if (known !== undefined) return known;
    const created = new InstanceModel(name, uri);
    this.#instances.set(name, created);
    return created;
  }

  #nameOf(uri: string): string {
    const known = this.#names.get(uri);
    if (known !== undefined) return known;
    const name = ownName(uri);
    this.#names.set(uri, name);
    return name;
  }
}

/** An instance that was given by its DNS name goes by that; what is dialled for it goes by the instance's own. */
function ownName(target: string): string {
  return target.startsWith('projects/') ? shortInstanceName(parseInstanceUri(target)) : target;
}
