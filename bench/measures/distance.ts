// Measure 7: from a client's connect to the server's first byte, when the server is far away.

import { startSinkBackend } from '../backends/sink-backend.ts';
import { withWarmConnections } from '../candidates/ours.ts';
import { churn } from '../load/churn.ts';
import { spreadOf } from '../report/statistics.ts';
import { distantNetworkImpossible, makeDistantNetwork } from './distant-network.ts';
import { inTurn } from './in-turn.ts';
import type { Measure } from './measure.ts';

// A client every round trip, and five until the next one is ready: with these there always is one.
const warmConnections = 8;

export const distanceMeasure: Measure = {
  id: 'distance',
  title: 'Connecting over a distance',
  columns: [
    { key: 'p50', title: 'first byte after ms', digits: 1 },
    { key: 'roundTrips', title: 'in round trips', digits: 2 },
  ],
  compared: 'p50',
  run: async (bench) => {
    const { distancesMs, distantConnections: connections } = bench.size;
    const warm = withWarmConnections(bench.candidates, warmConnections);
    const all = { ...bench, candidates: [...bench.candidates, ...warm] };
    const simulated = distantNetworkImpossible();
    // Without it the sink holds back what it gets and sends.
    using network = simulated === undefined ? makeDistantNetwork() : undefined;
    if (simulated !== undefined)
      bench.note(`The distance is made by the sink, which holds back what it gets and sends, because ${simulated}`);
    for (const roundTripMs of distancesMs) {
      network?.setRoundTrip(roundTripMs);
      await using backend = await startSinkBackend(
        network === undefined ? { at: 'distance', roundTripMs } : { at: 'namespace', ...network },
      );
      await inTurn<number>(all, {
        measure: 'distance',
        backend,
        rounds: 1,
        cases: [roundTripMs],
        nameOf: (ms) => `${ms} ms`,
        // Connection info and tokens are there before.
        warmUp: ({ target }) => churn(target, { concurrency: 1, connections: 2 }),
        load: async ({ target }) => {
          const { tookMs } = await churn(target, { concurrency: 1, connections });
          const { median } = spreadOf(tookMs);
          return { p50: median, roundTrips: median / roundTripMs };
        },
      });
    }
  },
};
