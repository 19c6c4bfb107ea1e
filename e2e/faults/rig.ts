// One emulator, one proxy and one bystander for a whole table of faults.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Emulator } from 'alloydb-emulator';
import { freePorts } from '../support/free-ports.ts';
import { openDescriptors } from '../support/process-figures.ts';
import type { ProxyProcess } from '../support/proxy-process.ts';
import { iamUser, setUp } from '../support/setting.ts';
import { Wire } from '../support/wire.ts';
import { Bystander } from './bystander.ts';
import { limitMs, startup } from './phases.ts';
import { Victim } from './victim.ts';

/** An instance that faults may happen to: client ⇄ proxy ⇄ wire ⇄ server-side proxy. */
export interface Place {
  readonly emulator: Emulator;
  readonly uri: string;
  /** Where the proxy listens for it. */
  readonly port: number;
  readonly wire: Wire;
  /** Who has issued the certificate that the proxy shows to clients, when it has local TLS. */
  readonly ca?: string | undefined;
}

const cluster = 'projects/p/locations/us-central1/clusters/c';
const settleLimitMs = 5_000;

/** One for the bystander, and one for each place. */
export function instanceUris(placeCount: number): readonly string[] {
  return Array.from({ length: placeCount + 1 }, (_, index) => `${cluster}/instances/i${index}`);
}

export interface RigParts {
  readonly emulator: Emulator;
  /** Starts the proxy with credentials, and with these arguments more; whoever gives it stops the proxy. */
  readonly startProxy: (...args: readonly string[]) => Promise<ProxyProcess>;
  /** As {@link Place.ca}. */
  readonly ca?: string;
}

export class Rig implements AsyncDisposable {
  readonly proxy: ProxyProcess;
  readonly bystander: Bystander;
  readonly places: readonly Place[];
  readonly #undo: AsyncDisposableStack;
  #calmDescriptors = Number.POSITIVE_INFINITY;

  private constructor(parts: Pick<Rig, 'proxy' | 'bystander' | 'places'>, undo: AsyncDisposableStack) {
    this.proxy = parts.proxy;
    this.bystander = parts.bystander;
    this.places = parts.places;
    this.#undo = undo;
  }

  /** With an emulator of its own; the last place is one where clients log in by themselves. */
  static async start(placeCount: number): Promise<Rig> {
    await using undo = new AsyncDisposableStack();
    // A port of its own, so that dozens of loopback addresses are not taken from suites that run at the same time.
    const setting = undo.use(await setUp({ instances: instanceUris(placeCount), serverProxyPort: await freePorts(1) }));
    const startProxy = (...args: readonly string[]) => setting.startProxy(...args);
    return await Rig.#build(undo, { emulator: setting.emulator, startProxy });
  }

  /** At an emulator that others use as well. */
  static async over(parts: RigParts): Promise<Rig> {
    await using undo = new AsyncDisposableStack();
    return await Rig.#build(undo, parts);
  }

  /** Takes over what is to be undone. */
  static async #build(undo: AsyncDisposableStack, { emulator, startProxy, ca }: RigParts): Promise<Rig> {
    const { instances } = emulator;
    const wires = await Promise.all(
      instances.map(async ({ address, port }) => undo.use(await Wire.start({ host: address, port }))),
    );
    const proxy = await startProxy(
      '--auto-iam-authn',
      // Each instance is asked for when its own case begins, so that a fault of the Admin API meets that case.
      '--lazy-refresh',
      ...instances.map(({ uri }, index) => {
        const login = index === instances.length - 1 ? '&auto-iam-authn=false' : '';
        return `${uri}?dial-address=${wires[index]?.dialAddress}${login}`;
      }),
    );
    const [ownPlace, ...places] = instances.map(({ uri }, index): Place => {
      const [wire, port] = [wires[index], proxy.ports[index]];
      assert.ok(wire !== undefined && port !== undefined);
      return { emulator, uri, port, wire, ca };
    });
    const client = new Client({
      host: ca === undefined ? '127.0.0.1' : 'localhost',
      port: ownPlace?.port ?? 0,
      user: iamUser,
      database: 'postgres',
      ssl: ca === undefined ? false : { ca },
    });
    // What breaks the connection reaches the query as well, and through it the bystander.
    client.on('error', () => undefined);
    await client.connect();
    undo.defer(async () => client.end());
    const bystander = undo.use(
      new Bystander(async () => {
        await client.query('select 1');
      }),
    );
    return new Rig({ proxy, bystander, places }, undo.move());
  }

  /** The state that everything has to come back to, once all code paths were taken a first time. */
  rememberCalm(): void {
    this.#calmDescriptors = openDescriptors(this.proxy.pid);
  }

  /** Fails when a case has left something behind: sessions, descriptors, a harmed bystander, a dead or complaining process. */
  async assertSettled(): Promise<void> {
    const deadline = Date.now() + settleLimitMs;
    for (let left = this.#leftOver(); left !== undefined; left = this.#leftOver()) {
      assert.ok(Date.now() < deadline, `${left} after ${settleLimitMs} ms`);
      await sleep(20);
    }
    this.bystander.assertUnharmed();
    this.proxy.assertNoUnhandledError();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }

  #leftOver(): string | undefined {
    const open = this.places.reduce((sum, { wire }) => sum + wire.open, 0);
    if (open > 0) return `the proxy still holds ${open} connections to instances`;
    const more = openDescriptors(this.proxy.pid) - this.#calmDescriptors;
    return more > 0 ? `the proxy still holds ${more} descriptors more than before` : undefined;
  }
}

/** Fails unless a client of this instance is let in. */
export async function assertServed({ port, ca }: Pick<Place, 'port' | 'ca'>): Promise<void> {
  using next = new Victim(port, ca);
  next.send(startup);
  assert.equal(await next.ending(1, limitMs), 'complete', 'the next client is served');
}

/** Waits until every fault that was ordered has happened. */
export async function faultsMet(emulator: Emulator): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (emulator.pendingFaults().length > 0) {
    assert.ok(Date.now() < deadline, `after ${limitMs} ms still to come: ${JSON.stringify(emulator.pendingFaults())}`);
    await sleep(5);
  }
}

/** Waits until the process has no more descriptors open than it had. */
export async function descriptorsBackAt(pid: number, before: number): Promise<void> {
  const deadline = Date.now() + settleLimitMs;
  while (openDescriptors(pid) > before) {
    assert.ok(Date.now() < deadline, `the proxy holds ${openDescriptors(pid)} descriptors, and had ${before}`);
    await sleep(20);
  }
}
