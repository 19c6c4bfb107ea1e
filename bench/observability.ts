// What it costs to see inside: CPU time per GB with everything enabled beside nothing, in interleaved pairs.
// Usage: npm run bench:observability -- [--pairs 20] [--megabytes 500] [--connections 8] [--executable] [--no-build]

import { get } from 'node:http';
import { parseArgs } from 'node:util';
import { freePorts } from '../e2e/support/free-ports.ts';
import { startOtlpCollector } from '../e2e/support/otlp-collector.ts';
import { startSinkBackend } from './backends/sink-backend.ts';
import type { Candidate } from './candidates/candidate.ts';
import { buildOurs, oursAsExecutable, oursOnNode } from './candidates/ours.ts';
import { treeCpuMs } from './candidates/process-tree.ts';
import { type Running, start } from './candidates/running.ts';
import { bulk, type Direction } from './load/bulk.ts';
import { within } from './load/limit.ts';
import { spreadOf } from './report/statistics.ts';

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '20' },
    megabytes: { type: 'string', default: '500' },
    connections: { type: 'string', default: '8' },
    executable: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
  },
});
const [pairs, bytes, connections] = [
  Number(options.pairs),
  Number(options.megabytes) * 1e6,
  Number(options.connections),
];
// Prometheus asks every fifteen seconds by default; a pair may be shorter than that.
const scrapeMs = 2_000;

if (!options['no-build']) buildOurs();
const plain = options.executable ? oursAsExecutable() : oursOnNode();
if (plain?.kind !== 'proxy') throw new Error('it is not built: leave out --no-build');

await using undo = new AsyncDisposableStack();
const backend = undo.use(await startSinkBackend());
const collector = undo.use(await startOtlpCollector());
const httpPort = await freePorts(2);
const adminPort = httpPort + 1;

const everything: Candidate = {
  kind: 'proxy',
  name: 'everything',
  command: (place) => {
    const { file, args } = plain.command(place);
    const flags = ['--health-check', '--prometheus', `--http-port=${httpPort}`, '--status-page', '--debug'];
    const more = [`--admin-port=${adminPort}`, '--events=json', '--debug-logs'];
    const environment = [`OTEL_EXPORTER_OTLP_ENDPOINT=${collector.origin}`, 'OTEL_METRIC_EXPORT_INTERVAL=2000'];
    return { file: 'env', args: [...environment, file, ...args, ...flags, ...more] };
  },
};

const [without, withAll] = [undo.use(await start(plain, backend)), undo.use(await start(everything, backend))];
watchPage();
const scraping = setInterval(
  () => get({ port: httpPort, path: '/metrics' }, (reply) => reply.resume()).on('error', end),
  scrapeMs,
);
undo.defer(() => clearInterval(scraping));

for (const direction of ['down', 'up'] as const) {
  const ratios: number[] = [];
  const costs: number[] = [];
  for (const running of [without, withAll]) await cost(running, direction);
  for (let pair = 0; pair < pairs; pair += 1) {
    // Whoever comes first in one pair comes second in the next.
    const order = pair % 2 === 0 ? [without, withAll] : [withAll, without];
    const found = new Map<Running, number>();
    for (const running of order) found.set(running, await cost(running, direction));
    costs.push(found.get(without) ?? Number.NaN);
    ratios.push((found.get(withAll) ?? Number.NaN) / (found.get(without) ?? Number.NaN));
  }
  const { median, least, most } = spreadOf(ratios);
  const sorted = ratios.toSorted((a, b) => a - b);
  const quarter = (at: number): string => (sorted[Math.floor(at * (sorted.length - 1))] ?? Number.NaN).toFixed(3);
  process.stdout.write(
    `${direction}, ${connections} connections, ${pairs} pairs: CPU per GB with everything is ${median.toFixed(3)} of that with nothing ` +
      `(half of the pairs ${quarter(0.25)}–${quarter(0.75)}, all ${least.toFixed(3)}–${most.toFixed(3)}); ` +
      `with nothing ${spreadOf(costs).median.toFixed(2)} s\n`,
  );
}
process.stdout.write(`the collector got ${collector.requests.length} exports\n`);

/** CPU seconds per GB. */
async function cost({ pid = 0, target }: Running, direction: Direction): Promise<number> {
  const before = treeCpuMs(pid);
  await within(bulk(target, { direction, connections, bytes }), direction);
  return (treeCpuMs(pid) - before) / 1000 / (bytes / 1e9);
}

/** One browser looks at the status page all the time. */
function watchPage(): void {
  get({ port: adminPort, path: '/status-page/events' }, (reply) => {
    if (reply.statusCode !== 200) end(new Error(`the status page answered ${reply.statusCode}`));
    reply.resume();
  }).on('error', end);
}

function end(error: Error): void {
  // What is cut off at the end is no error.
  if (!undo.disposed) throw error;
}
