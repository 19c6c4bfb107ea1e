// Measure 6: from the start of the process until it accepts, and its memory once it rests.

import { setTimeout as sleep } from 'node:timers/promises';
import { startSinkBackend } from '../backends/sink-backend.ts';
import { treeCpuMs, treeResidentBytes } from '../candidates/process-tree.ts';
import { start } from '../candidates/running.ts';
import type { Measure } from './measure.ts';

export const startMeasure: Measure = {
  id: 'start',
  title: 'Start',
  columns: [
    { key: 'acceptsMs', title: 'accepts after ms', digits: 0 },
    { key: 'restMiB', title: 'MiB at rest', digits: 1 },
    { key: 'cpuMs', title: 'CPU ms till then', digits: 0 },
  ],
  compared: 'acceptsMs',
  run: async (bench) => {
    const { restMs, starts } = bench.size;
    await using backend = await startSinkBackend();
    // The first round fills the caches of the file system.
    for (let round = 0; round <= starts; round += 1) {
      for (const candidate of bench.candidates) {
        if (candidate.kind === 'direct') continue;
        try {
          await using running = await start(candidate, backend);
          const { name, pid = 0, startMs } = running;
          if (round === 0) continue;
          await sleep(restMs);
          const figures = { acceptsMs: startMs, restMiB: treeResidentBytes(pid) / 1024 / 1024, cpuMs: treeCpuMs(pid) };
          bench.record({ measure: 'start', of: 'fresh process', candidate: name, round, figures });
        } catch (error) {
          bench.fail(candidate.name, error);
        }
      }
    }
  },
};
