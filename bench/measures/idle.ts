// Measure 4: what the memory of a fresh process grows by for each connection that does nothing.

import { execFileSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSinkBackend } from '../backends/sink-backend.ts';
import { treeResidentBytes } from '../candidates/process-tree.ts';
import { start } from '../candidates/running.ts';
import { within } from '../load/limit.ts';
import { openEcho } from '../load/round-trips.ts';
import type { Target } from '../load/target.ts';
import type { Bench, Measure } from './measure.ts';

// As many handshakes at once as keep the processors busy without a queue that times out.
const batch = 40;
const spareDescriptors = 200;

export const idleMeasure: Measure = {
  id: 'idle',
  title: 'Idle connections',
  columns: [
    { key: 'kibEach', title: 'KiB each', digits: 1 },
    { key: 'restMiB', title: 'MiB without', digits: 0 },
  ],
  compared: 'kibEach',
  impossible: () => {
    const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
    const needed = 2_000 + spareDescriptors;
    // "unlimited" is no number, and enough.
    return Number(limit) < needed
      ? `it takes ${needed} descriptors, the limit is ${limit}: ulimit -n ${needed}`
      : undefined;
  },
  run: async (bench) => {
    await using backend = await startSinkBackend();
    for (const count of bench.size.idle) {
      for (const candidate of bench.candidates) {
        if (candidate.kind === 'direct') continue;
        try {
          await using running = await start(candidate, backend);
          const { name, pid = 0, target } = running;
          const figures = await within(grow({ bench, pid, target, count }), `${count} idle connections`);
          bench.record({ measure: 'idle', of: `${count} connections`, candidate: name, round: 1, figures });
        } catch (error) {
          bench.fail(candidate.name, error);
        }
      }
    }
  },
};

interface Growth {
  readonly bench: Bench;
  readonly pid: number;
  readonly target: Target;
  readonly count: number;
}

async function grow({ bench, pid, target, count }: Growth) {
  const { idleSettleMs } = bench.size;
  const sockets: Socket[] = [];
  const openMore = async (most: number): Promise<void> => {
    sockets.push(...(await Promise.all(Array.from({ length: Math.min(batch, most) }, () => openEcho(target)))));
  };
  try {
    // The first ones pay for code that is compiled and for buffers that stay.
    await openMore(batch);
    await sleep(idleSettleMs);
    const before = treeResidentBytes(pid);
    while (sockets.length < count + batch) await openMore(count + batch - sockets.length);
    await sleep(idleSettleMs);
    return { kibEach: (treeResidentBytes(pid) - before) / 1024 / count, restMiB: before / 1024 / 1024 };
  } finally {
    for (const socket of sockets) socket.on('error', () => undefined).destroy();
  }
}
