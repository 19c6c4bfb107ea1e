// Measure 5: pgbench through real PostgreSQL behind the emulator, beside PostgreSQL itself.

import { skipUnlessInstalled, runProgram } from '../../e2e/support/tools.ts';
import { type DatabaseBackend, startEmulatorBackend } from '../backends/emulator-backend.ts';
import type { Running } from '../candidates/running.ts';
import { costOf, figures, over } from './cost.ts';
import { inTurn } from './in-turn.ts';
import type { Figures, Measure } from './measure.ts';
import type { PgbenchCase } from './sizes.ts';

const scale = 10;
const warmUpSeconds = 1;

export const pgbenchMeasure: Measure = {
  id: 'pgbench',
  title: 'pgbench through PostgreSQL',
  columns: [
    { key: 'perSecond', title: 'transactions/s', digits: 0 },
    { key: 'latencyMs', title: 'latency ms', digits: 3 },
    { key: 'cpuUs', title: 'CPU µs each', digits: 1 },
    { key: 'peakMiB', title: 'peak MiB', digits: 0 },
  ],
  compared: 'perSecond',
  impossible: () => skipUnlessInstalled('pgbench') || undefined,
  run: async (bench) => {
    const { pgbenchCases, pgbenchRounds, pgbenchSeconds } = bench.size;
    await using backend = await startEmulatorBackend();
    const { host, port } = backend.postgres;
    await pgbench(backend, { host, port, args: ['-i', '-q', '-s', String(scale)] });
    const run = async (running: Running, { script, clients }: PgbenchCase, seconds: number): Promise<Figures> => {
      // "Direct" is PostgreSQL itself here.
      const at = running.target.kind === 'tls' ? { host, port } : running.target;
      const options = ['-n', '-b', script, '-c', String(clients), '-j', '2', '-T', String(seconds)];
      const { value, cpuMs, peakMiB } = await costOf(running, () => pgbench(backend, { ...at, args: options }));
      return figures({
        perSecond: find(value, /tps = ([\d.]+)/),
        latencyMs: find(value, /latency average = ([\d.]+) ms/),
        cpuUs: over(cpuMs, find(value, /actually processed: (\d+)/) / 1000),
        peakMiB,
      });
    };
    await inTurn<PgbenchCase>(bench, {
      measure: 'pgbench',
      backend,
      rounds: pgbenchRounds,
      cases: pgbenchCases,
      nameOf: ({ script, clients }) => `${script}, ${clients} client${clients === 1 ? '' : 's'}`,
      warmUp: (running, one) => run(running, one, warmUpSeconds),
      load: (running, one) => run(running, one, pgbenchSeconds),
    });
  },
};

interface PgbenchRun {
  readonly host: string;
  readonly port: number;
  readonly args: readonly string[];
}

async function pgbench({ postgres }: DatabaseBackend, { host, port, args }: PgbenchRun): Promise<string> {
  const { user, password, database } = postgres;
  const { status, stdout, stderr } = await runProgram(
    'pgbench',
    [...args, '-h', host, '-p', String(port), '-U', user, database],
    {
      PATH: process.env['PATH'],
      PGPASSWORD: password,
      PGSSLMODE: 'disable',
    },
  );
  if (status !== 0) throw new Error(`pgbench ${args.join(' ')} failed: ${stderr.trim()}`);
  return stdout;
}

function find(output: string, pattern: RegExp): number {
  return Number(pattern.exec(output)?.[1] ?? Number.NaN);
}
