// How many connections each instance keeps warm, beside the clients that are there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refreshChannel } from 'alloydb-connector';
import { startDatabase } from '../../test/database-server.ts';
import { recordLog } from '../../test/log-recorder.ts';
import { configOnFreePorts, instanceUri } from '../../test/proxy-config.ts';
import { seeWarmEvents } from '../../test/warm-events-seen.ts';
import type { InstanceConfig } from '../config/config.ts';
import type { Dial } from './session.ts';
import { type SlotAnswer, Slots } from './slots.ts';
import { shareOut, WarmPools } from './warm-pools.ts';

const never = new AbortController().signal;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function neverDial(): Dial {
  return () => Promise.reject(new Error('nobody dials'));
}

function instanceOf(...argv: readonly string[]): InstanceConfig {
  const [instance] = configOnFreePorts(...argv).instances;
  assert.ok(instance !== undefined);
  return instance;
}

function giveBack(answer: SlotAnswer | Promise<SlotAnswer>): void {
  assert.ok(!(answer instanceof Promise) && answer.kind === 'taken');
  answer.giveBack();
}

test('shareOut gives in turn, so that an instance with many leaves something for the others', () => {
  assert.deepEqual(shareOut([5, 1, 3], Number.POSITIVE_INFINITY), [5, 1, 3]);
  assert.deepEqual(shareOut([5, 1, 3], 4), [2, 1, 1]);
  assert.deepEqual(shareOut([5, 1, 3], 0), [0, 0, 0]);
  assert.deepEqual(shareOut([5, 1], -1), [0, 0]);
  assert.deepEqual(shareOut([], 3), []);
});

async function setUp(limit: number, count: number) {
  await using undo = new AsyncDisposableStack();
  const seen = undo.use(seeWarmEvents());
  const database = undo.use(await startDatabase());
  const slots = new Slots({ limit });
  const dials: string[] = [];
  const dialTo = ({ dialAddress = '' }: InstanceConfig): Dial => {
    return (signal) => {
      dials.push(dialAddress);
      return database.dial(signal);
    };
  };
  const pools = new WarmPools({ slots, dialTo, logger: recordLog().logger, random: () => 0 });
  undo.defer(() => pools.close());
  const served = { instance: instanceOf(`--warm-connections=${count}`), places: slots.forInstance(0) };
  const started = undo.move();
  return { ...seen, database, slots, dials, pools, served, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

test('WarmPools never holds more than the places that clients leave, and a client takes one of them', async () => {
  await using rig = await setUp(3, 2);
  const { pools, served, slots, until, counts, dials } = rig;
  pools.serve([served], { keep: false });
  await until('made', 2);
  const dial = pools.dialFor(served.instance);
  const first = served.places.acquire(never);
  (await dial(never)).socket.destroy();
  await until('made', 3);
  const second = served.places.acquire(never);
  (await dial(never)).socket.destroy();
  await nextTurn();
  assert.equal(slots.free, 1);
  const third = served.places.acquire(never);
  (await dial(never)).socket.destroy();
  await nextTurn();
  assert.deepEqual(counts(), { made: 3, used: 3 }, 'the limit leaves room for no other');
  giveBack(second);
  await until('made', 4);
  assert.equal(dials.length, 4, 'no client had to dial');
  // A client of an instance that has none takes the place of one that is kept for another.
  const other = slots.forInstance(0).acquire(never);
  await until('ended: dropped');
  for (const answer of [first, third, other]) giveBack(answer);
  await until('made', 6);
});

test('WarmPools without a count asks nothing of the slots and sets no timer', () => {
  const slots = new Slots({ limit: 3 });
  const pools = new WarmPools({ slots, dialTo: neverDial, logger: recordLog().logger });
  pools.serve([{ instance: instanceOf(), places: slots.forInstance(0) }], { keep: false });
  assert.deepEqual([slots.onChange, refreshChannel.hasSubscribers], [undefined, false]);
});

test('WarmPools keeps what is dialled as before over a reload, and gives up the rest', async () => {
  await using rig = await setUp(0, 2);
  const { pools, served, until, counts, dials } = rig;
  pools.serve([served], { keep: false });
  await until('made', 2);
  const { places } = served;
  const sameAgain = { places, instance: instanceOf('--warm-connections=2') };
  pools.serve([sameAgain], { keep: true });
  await nextTurn();
  assert.deepEqual(counts(), { made: 2 });
  pools.serve([{ places, instance: { ...sameAgain.instance, dialAddress: 'bastion' } }], { keep: true });
  assert.deepEqual(counts(), { made: 2, 'ended: dropped': 2 });
  await until('made', 4);
  assert.deepEqual(dials, ['', '', 'bastion', 'bastion']);
  pools.serve([sameAgain], { keep: false });
  assert.deepEqual(counts(), { made: 4, 'ended: dropped': 4 });
});

test('WarmPools looks at its connections again when the connection info of their instance is new', async () => {
  await using rig = await setUp(0, 1);
  const { database, pools, served, until } = rig;
  let isCurrent = true;
  const fresh = new WarmPools({
    slots: rig.slots,
    dialTo: () => async (signal) => ({ ...(await database.dial(signal)), isCurrent: () => isCurrent }),
    logger: recordLog().logger,
    random: () => 0,
  });
  fresh.serve([served], { keep: false });
  await until('made');
  isCurrent = false;
  const event = { at: 'succeeded', durationMs: 1, certificateExpiresAt: 0 } as const;
  refreshChannel.publish({ ...event, instance: 'projects/p/locations/r/clusters/c/instances/other' });
  await nextTurn();
  refreshChannel.publish({ ...event, instance: instanceUri });
  await until('ended: outdated');
  fresh.close();
  pools.close();
});
