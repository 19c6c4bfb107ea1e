// Measure 1: many bytes, down and up, over one connection and over eight.

import { startSinkBackend } from '../backends/sink-backend.ts';
import { bulk, type BulkLoad } from '../load/bulk.ts';
import { costOf, figures, over } from './cost.ts';
import { inTurn } from './in-turn.ts';
import type { Measure } from './measure.ts';

type Case = Pick<BulkLoad, 'direction' | 'connections'>;

const gigabyte = 1e9;
const warmUpBytes = 50e6;
const cases: readonly Case[] = (['down', 'up'] as const).flatMap((direction) =>
  [1, 8].map((connections) => ({ direction, connections })),
);

export const bulkMeasure: Measure = {
  id: 'bulk',
  title: 'Bulk',
  columns: [
    { key: 'cpuPerGb', title: 'CPU s per GB', digits: 2 },
    { key: 'gbPerSecond', title: 'GB/s', digits: 2 },
    { key: 'peakMiB', title: 'peak MiB', digits: 0 },
  ],
  compared: 'cpuPerGb',
  run: async (bench) => {
    const { bulkBytes: bytes, rounds } = bench.size;
    await using backend = await startSinkBackend();
    await inTurn<Case>(bench, {
      measure: 'bulk',
      backend,
      rounds,
      cases,
      nameOf: ({ direction, connections }) => `${direction}, ${connections} connection${connections === 1 ? '' : 's'}`,
      warmUp: ({ target }, one) => bulk(target, { ...one, bytes: warmUpBytes }),
      load: async (running, one) => {
        const { value, cpuMs, peakMiB } = await costOf(running, () => bulk(running.target, { ...one, bytes }));
        return figures({
          cpuPerGb: over(over(cpuMs, 1000), bytes / gigabyte),
          gbPerSecond: bytes / gigabyte / value,
          peakMiB,
        });
      },
    });
  },
};
