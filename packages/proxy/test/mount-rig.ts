// A mount on a port of the loopback, with its log, its slots and what happens to its sessions.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Mount } from '../src/proxy/mount.ts';
import type { Dial } from '../src/proxy/session.ts';
import { ClientRoom } from '../src/proxy/client-room.ts';
import { RefusalRoom } from '../src/proxy/refusal-room.ts';
import { type SessionEvent, sessionChannel } from '../src/proxy/session-events.ts';
import type { SessionLimits } from '../src/proxy/session-limits.ts';
import { slotAdmission } from '../src/proxy/slot-admission.ts';
import { Slots } from '../src/proxy/slots.ts';
import { recordLog } from './log-recorder.ts';

export interface MountRigOptions {
  readonly dial: Dial;
  /** Most sessions at one time. Default 0, no limit. */
  readonly limit?: number;
  /** How long a client beyond it waits, in milliseconds. Default 0. */
  readonly waitMs?: number;
  /** What ends sessions. Default: nothing. */
  readonly limits?: SessionLimits;
}

export interface MountRig extends AsyncDisposable {
  readonly mount: Mount;
  readonly slots: Slots;
  readonly lines: readonly string[];
  readonly events: readonly SessionEvent[];
  /** Resolves when that many events of the kind have come. */
  until(at: SessionEvent['at'], count?: number): Promise<void>;
  /** A client whose session has begun. */
  client(): Promise<Socket>;
}

export async function startMount({ dial, limit = 0, waitMs = 0, limits }: MountRigOptions): Promise<MountRig> {
  const { logger, lines } = recordLog();
  const slots = new Slots({ limit, waitMs });
  const places = slots.forInstance(0);
  let lastId = 0;
  const mount = new Mount({
    instance: 'p.r.c.i',
    uri: 'projects/p/locations/r/clusters/c/instances/i',
    listenAt: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    dial,
    admit: (signal) => {
      const answer = places.acquire(signal);
      return answer instanceof Promise ? answer.then(slotAdmission) : slotAdmission(answer);
    },
    allowFrom: undefined,
    localTls: undefined,
    checkUser: () => undefined,
    refusals: new RefusalRoom(),
    arriving: new ClientRoom(100),
    limits,
    keepAliveMs: 30_000,
    claimedPorts: undefined,
    openSession: undefined,
    vacancy: undefined,
    logger,
    nextId: () => (lastId += 1),
  });
  const events: SessionEvent[] = [];
  const waiting = new Set<() => void>();
  const listener = (event: unknown): void => {
    events.push(event as SessionEvent);
    for (const check of waiting) check();
  };
  sessionChannel.subscribe(listener);
  await mount.start();
  const port = Number(/Listening on 127\.0\.0\.1:(\d+)$/.exec(lines.join('\n'))?.[1]);

  const until: MountRig['until'] = (at, count = 1) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): void => {
      if (events.filter((event) => event.at === at).length < count) return;
      waiting.delete(check);
      resolve();
    };
    waiting.add(check);
    check();
    return promise;
  };
  return {
    mount,
    slots,
    lines,
    events,
    until,
    async client() {
      const accepted = events.filter(({ at }) => at === 'accepted').length;
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      socket.on('error', () => undefined);
      await Promise.all([once(socket, 'connect'), until('accepted', accepted + 1)]);
      return socket;
    },
    async [Symbol.asyncDispose]() {
      await mount.stop();
      sessionChannel.unsubscribe(listener);
    },
  };
}
