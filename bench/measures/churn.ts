// Measure 3: connections that come and go, each with a full TLS handshake.

import { startSinkBackend } from '../backends/sink-backend.ts';
import { churn } from '../load/churn.ts';
import { percentile } from '../report/statistics.ts';
import { costOf, figures, over } from './cost.ts';
import { inTurn } from './in-turn.ts';
import type { Measure } from './measure.ts';

const concurrency = 8;

export const churnMeasure: Measure = {
  id: 'churn',
  title: 'Connection churn',
  columns: [
    { key: 'cpuMs', title: 'CPU ms each', digits: 2 },
    { key: 'perSecond', title: 'per second', digits: 0 },
    { key: 'p50', title: 'p50 ms', digits: 1 },
    { key: 'p99', title: 'p99 ms', digits: 1 },
    { key: 'peakMiB', title: 'peak MiB', digits: 0 },
  ],
  compared: 'cpuMs',
  run: async (bench) => {
    const { churnConnections: connections, churnWarmUp, rounds } = bench.size;
    await using backend = await startSinkBackend();
    await inTurn<number>(bench, {
      measure: 'churn',
      backend,
      rounds,
      cases: [concurrency],
      nameOf: (at) => `${at} at once`,
      warmUp: ({ target }, at) => churn(target, { concurrency: at, connections: churnWarmUp }),
      load: async (running, at) => {
        const load = () => churn(running.target, { concurrency: at, connections });
        const { value, cpuMs, peakMiB } = await costOf(running, load);
        return figures({
          cpuMs: over(cpuMs, connections),
          perSecond: connections / value.seconds,
          p50: percentile(value.tookMs, 50),
          p99: percentile(value.tookMs, 99),
          peakMiB,
        });
      },
    });
  },
};
