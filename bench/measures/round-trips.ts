// Measure 2: a request of 64 bytes and its reply, on one connection and on 32 at once.

import { startSinkBackend } from '../backends/sink-backend.ts';
import { roundTrips } from '../load/round-trips.ts';
import { percentile } from '../report/statistics.ts';
import { costOf, figures, over } from './cost.ts';
import { inTurn } from './in-turn.ts';
import type { Measure } from './measure.ts';

const warmUpMs = 300;

export const roundTripMeasure: Measure = {
  id: 'round-trips',
  title: 'Round trips of 64 bytes',
  columns: [
    { key: 'cpuUs', title: 'CPU µs each', digits: 1 },
    { key: 'perSecond', title: 'per second', digits: 0 },
    { key: 'p50', title: 'p50 µs', digits: 0 },
    { key: 'p99', title: 'p99 µs', digits: 0 },
    { key: 'p999', title: 'p99.9 µs', digits: 0 },
    { key: 'peakMiB', title: 'peak MiB', digits: 0 },
  ],
  compared: 'cpuUs',
  run: async (bench) => {
    const { roundTripMs: durationMs, rounds } = bench.size;
    await using backend = await startSinkBackend();
    await inTurn<number>(bench, {
      measure: 'round-trips',
      backend,
      rounds,
      cases: [1, 32],
      nameOf: (connections) => `${connections} connection${connections === 1 ? '' : 's'}`,
      warmUp: ({ target }, connections) => roundTrips(target, { connections, durationMs: warmUpMs }),
      load: async (running, connections) => {
        const load = () => roundTrips(running.target, { connections, durationMs });
        const { value, cpuMs, peakMiB } = await costOf(running, load);
        const { tookMs, seconds } = value;
        return figures({
          cpuUs: over(cpuMs, tookMs.length / 1000),
          perSecond: tookMs.length / seconds,
          p50: percentile(tookMs, 50) * 1000,
          p99: percentile(tookMs, 99) * 1000,
          p999: percentile(tookMs, 99.9) * 1000,
          peakMiB,
        });
      },
    });
  },
};
