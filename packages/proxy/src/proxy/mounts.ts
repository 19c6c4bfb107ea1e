// The mounts of a proxy: opened together or not at all, and exchanged the same way while they are in use.

import { isDeepStrictEqual } from 'node:util';
import type { InstanceConfig } from '../config/config.ts';
import { targetName } from '../config/instance-target.ts';
import { formatListenAt } from '../config/listen-plan.ts';
import { type ActivatedSocket, matchSockets } from '../service/socket-activation.ts';
import type { BoundPlace } from './listen.ts';
import { Mount, type MountOptions } from './mount.ts';
import { planReload } from './reload-plan.ts';
import { StartError } from './start-error.ts';
import type { InstanceSlots, Slots } from './slots.ts';

/** What an instance's listener is to do; `places` are those of the instance. */
export type MountSetting = (instance: InstanceConfig, places: InstanceSlots) => MountOptions;

export interface MountsOptions {
  readonly instances: readonly InstanceConfig[];
  readonly setting: MountSetting;
  readonly slots: Slots;
}

/** How many listeners there were of each kind. */
export interface Exchange {
  readonly opened: number;
  readonly kept: number;
  readonly closed: number;
}

/** One instance with a listener. */
export interface Served {
  readonly instance: InstanceConfig;
  readonly places: InstanceSlots;
}

interface Entry extends Served {
  readonly mount: Mount;
}

/** A listener beside those of the configuration. */
interface AddedEntry {
  readonly instance: InstanceConfig;
  readonly places: InstanceSlots;
  readonly mount: Mount;
  /** Told who comes and goes, beside whoever is told for the whole program. */
  readonly clients: ClientCount;
}

/** Somebody who counts clients. */
export interface ClientCount {
  enter(): void;
  leave(): void;
}

export interface AddOptions {
  readonly setting: MountSetting;
  readonly clients: ClientCount;
}

export interface ExchangeOptions extends Omit<MountsOptions, 'slots'> {
  /** What an instance that was added becomes. */
  readonly renew: (instance: InstanceConfig) => InstanceConfig;
}

export class Mounts {
  readonly #slots: Slots;
  #entries: readonly Entry[];
  /** Opened while the proxy runs, by whoever asked for them; no configuration names them. */
  readonly #added = new Set<AddedEntry>();
  /** Their listeners are closed, and their last sessions go on. */
  readonly #retired = new Set<Mount>();
  #isStopped = false;

  /** @throws {StartError} when the files of local TLS cannot be used. */
  constructor({ instances, setting, slots }: MountsOptions) {
    this.#slots = slots;
    this.#entries = instances.map((instance) => this.#enter(instance, setting));
  }

  /** Where clients come in, in the order of the instances. */
  get listening(): readonly BoundPlace[] {
    return [...this.#entries, ...this.#added].flatMap(({ mount }) => mount.place ?? []);
  }

  /** Instances whose listeners are opened by this process, and not by a service manager. */
  get ownInstances(): readonly InstanceConfig[] {
    return this.#entries.filter(({ mount }) => !mount.isActivated).map(({ instance }) => instance);
  }

  /** What is served now, and the places of its clients. */
  get served(): readonly Served[] {
    return this.#entries;
  }

  /**
   * Opens them in order, so that what is printed and which address is blamed do not depend on chance.
   *
   * @param sockets that the service manager has opened.
   * @param goOn asked after each: false leaves the rest closed.
   * @throws {StartError} naming the first address that cannot be listened on, or a socket that is that of no instance.
   */
  async start(sockets: readonly ActivatedSocket[], goOn: () => boolean): Promise<void> {
    const wanted = this.#entries.map(({ instance: { target, listen } }) => {
      return { instance: targetName(target), place: formatListenAt(listen) };
    });
    const activated = matchSockets(sockets, wanted);
    for (const [index, { mount }] of this.#entries.entries()) {
      await mount.start(activated[index]);
      if (!goOn()) return;
    }
  }

  /**
   * Opens one more, which stays through every exchange until it is removed.
   *
   * @throws {StartError} when it cannot be opened.
   */
  async add(instance: InstanceConfig, { setting, clients }: AddOptions): Promise<() => void> {
    const places = this.#slots.forInstance(instance.maxConnections);
    const mount = new Mount(countingClients(setting(instance, places), clients));
    const entry: AddedEntry = { instance, places, mount, clients };
    this.#added.add(entry);
    try {
      await mount.start();
      if (this.#isStopped) throw new StartError('the proxy is shutting down');
    } catch (error) {
      this.#added.delete(entry);
      await mount.stop();
      throw error;
    }
    return () => {
      if (this.#added.delete(entry)) this.#retire(mount);
    };
  }

  /**
   * Opens what is new, gives those that stay their new settings, then closes what nobody wants any more. Sessions stay with
   * the instance that they are connected to, whatever becomes of their listener.
   *
   * @param check called when all is open; what it throws undoes everything.
   * @throws {StartError} with nothing changed, when a new listener cannot be opened.
   */
  async exchange({ instances, setting, renew }: ExchangeOptions, check: () => void): Promise<Exchange> {
    const before = this.#entries.map(({ instance, mount: { place } }) => {
      return { ...instance, boundPort: place?.kind === 'tcp' ? place.port : undefined };
    });
    const { from, removed } = planReload(before, instances);
    const placesFor = this.#placesToHandOn();
    const leaving = removed.flatMap((index) => this.#entries[index] ?? []);
    await using undo = new AsyncDisposableStack();
    const commits: (() => void)[] = [];
    const opened: Entry[] = [];
    const entries = instances.map((instance, index) => {
      const old = this.#entries[from[index] ?? -1];
      const places = placesFor(instance);
      commits.push(() => {
        places.limit = instance.maxConnections;
      });
      if (old === undefined) {
        const entry = { instance, places, mount: new Mount(setting(instance, places)) };
        opened.push(entry);
        return entry;
      }
      const change = old.mount.prepare(setting(instance, places));
      undo.defer(change.undo);
      commits.push(change.commit);
      return { instance, places, mount: old.mount };
    });
    for (const { instance, places, mount, clients } of this.#added) {
      const change = mount.prepare(countingClients(setting(renew(instance), places), clients));
      undo.defer(change.undo);
      commits.push(change.commit);
    }
    for (const { instance, mount } of opened) {
      // The same port at another address can be had only when it is free.
      for (const old of leaving.filter((entry) => !entry.mount.isActivated && sharesPort(entry.instance, instance))) {
        old.mount.closeListener();
        undo.defer(() => (this.#isStopped ? undefined : old.mount.start()));
      }
      undo.defer(() => mount.stop());
      await mount.start();
    }
    check();
    // From here on nothing can fail.
    undo.move();
    for (const commit of commits) commit();
    for (const { mount } of leaving) this.#retire(mount);
    this.#entries = entries;
    return { opened: opened.length, kept: entries.length - opened.length, closed: leaving.length };
  }

  pauseAccepting(error: Error): void {
    for (const { mount } of [...this.#entries, ...this.#added]) mount.pauseAccepting(error);
  }

  /** Leaves further clients to the next start, where a socket outlives this one. */
  handOn(): void {
    for (const { mount } of this.#entries) mount.handOn();
  }

  /** Whether the clients of an instance, told by its slots, have come before that. */
  isHandedOn(places: InstanceSlots): boolean {
    return this.#entries.some((entry) => entry.places === places && entry.mount.isHandedOn);
  }

  /** Ends the sessions in which nothing is going on. */
  endIdleSessions(): void {
    for (const mount of this.#all) mount.endIdleSessions();
  }

  /** Ends the session with this number; false when there is none. */
  endSession(id: number): boolean {
    return this.#all.some((mount) => mount.endSession(id));
  }

  /** Resolves when no session is left. */
  async whenEmpty(): Promise<void> {
    await Promise.all(this.#all.map((mount) => mount.whenEmpty()));
  }

  /** Stops accepting, ends every session and resolves when the last one is over. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#all.map((mount) => mount.stop()));
  }

  get #all(): readonly Mount[] {
    return [...[...this.#entries, ...this.#added].map(({ mount }) => mount), ...this.#retired];
  }

  #enter(instance: InstanceConfig, setting: MountSetting): Entry {
    const places = this.#slots.forInstance(instance.maxConnections);
    return { instance, places, mount: new Mount(setting(instance, places)) };
  }

  /** Sessions count against the limit of their instance, whichever listener they came through. */
  #placesToHandOn(): (instance: InstanceConfig) => InstanceSlots {
    const left = [...this.#entries];
    return ({ target, maxConnections }) => {
      const index = left.findIndex(({ instance }) => isDeepStrictEqual(instance.target, target));
      const [found] = index === -1 ? [] : left.splice(index, 1);
      return found?.places ?? this.#slots.forInstance(maxConnections);
    };
  }

  #retire(mount: Mount): void {
    this.#retired.add(mount);
    mount.retire();
    void mount
      .whenEmpty()
      .then(() => mount.stop())
      .then(() => this.#retired.delete(mount));
  }
}

function countingClients(options: MountOptions, clients: ClientCount): MountOptions {
  const { vacancy } = options;
  return {
    ...options,
    vacancy: {
      enter() {
        vacancy?.enter();
        clients.enter();
      },
      leave() {
        vacancy?.leave();
        clients.leave();
      },
    },
  };
}

function sharesPort({ listen: one }: InstanceConfig, { listen: other }: InstanceConfig): boolean {
  return one.kind === 'tcp' && other.kind === 'tcp' && one.port !== 0 && one.port === other.port;
}
