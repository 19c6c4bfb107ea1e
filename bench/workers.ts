// Whether a connection costs more when several processes serve: processor time of all of them for a connect and for a round trip, and how evenly the workers share it.
// Usage: npm run bench:workers -- [--workers 1,2,4] [--rounds 5] [--connects 300] [--trips 3000]

import { parseArgs } from 'node:util';
import { EchoSession } from '../e2e/support/echo-session.ts';
import { childrenOf, cpuMs, median } from '../e2e/support/process-figures.ts';
import { startSinkProxy } from '../e2e/support/sink-proxy.ts';

const underWay = 16;

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '1,2,4' },
    rounds: { type: 'string', default: '5' },
    connects: { type: 'string', default: '300' },
    trips: { type: 'string', default: '3000' },
  },
});
const counts = values.workers.split(',').map(Number);
const [rounds, connects, trips] = [Number(values.rounds), Number(values.connects), Number(values.trips)];

interface Candidate {
  readonly workers: number;
  readonly port: number;
  readonly pid: number;
  readonly clients: readonly EchoSession[];
  /** Milliseconds of processor time for a connect, a round each. */
  readonly connectMs: number[];
  /** Microseconds for a round trip. */
  readonly tripUs: number[];
}

await using undo = new AsyncDisposableStack();
const candidates: Candidate[] = [];
for (const workers of counts) {
  const { proxy } = undo.use(
    await startSinkProxy({ serve: (socket) => void socket.pipe(socket), flags: [`--workers=${workers}`] }),
  );
  const clients = await Promise.all(Array.from({ length: underWay }, () => EchoSession.open(proxy.port)));
  undo.defer(() => {
    for (const client of clients) client[Symbol.dispose]();
  });
  const candidate = { workers, port: proxy.port, pid: proxy.pid, clients, connectMs: [], tripUs: [] };
  // Code that is compiled meanwhile is paid here: each process compiles its own, and sees its share only.
  for (let each = 0; each < workers; each += 1) {
    await connectCost(candidate);
    await tripCost(candidate);
  }
  candidates.push(candidate);
}
// In turn, so that whatever else the machine does meets all of them alike.
for (let round = 0; round < rounds; round += 1) {
  for (const candidate of candidates) {
    candidate.connectMs.push(await connectCost(candidate));
    candidate.tripUs.push(await tripCost(candidate));
  }
}

const [first] = candidates;
process.stdout.write(
  'workers  CPU per connect: ms, ratio, lowest-highest   per round trip: us, ratio, lowest-highest   share of each worker\n',
);
for (const { workers, pid, connectMs, tripUs } of candidates) {
  const each = workers === 1 ? [] : childrenOf(pid).map(cpuMs);
  const total = each.reduce((sum, ms) => sum + ms, 0);
  const shares = each.map((ms) => `${Math.round((ms / total) * 100)} %`).join(' ');
  const cells = [figures(connectMs, first?.connectMs ?? []), figures(tripUs, first?.tripUs ?? [])];
  process.stdout.write(`${String(workers).padStart(7)}  ${cells.join('   ')}   ${shares}\n`);
}

/** Of the proxy and all of its workers. */
function cpuOf({ pid, workers }: Candidate): number {
  return [pid, ...(workers === 1 ? [] : childrenOf(pid))].map(cpuMs).reduce((sum, ms) => sum + ms, 0);
}

async function connectCost(candidate: Candidate): Promise<number> {
  const before = cpuOf(candidate);
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun < connects) {
      begun += 1;
      using client = await EchoSession.open(candidate.port);
      await client.round();
    }
  };
  await Promise.all(Array.from({ length: underWay }, work));
  return (cpuOf(candidate) - before) / connects;
}

async function tripCost(candidate: Candidate): Promise<number> {
  const before = cpuOf(candidate);
  await Promise.all(
    candidate.clients.map(async (client) => {
      for (let trip = 0; trip < trips / underWay; trip += 1) await client.round();
    }),
  );
  return ((cpuOf(candidate) - before) * 1000) / trips;
}

function figures(costs: readonly number[], reference: readonly number[]): string {
  const [low, high] = [Math.min(...costs), Math.max(...costs)];
  const ratio = median(costs) / median(reference);
  return `${median(costs).toFixed(2)}, ${ratio.toFixed(2)}, ${low.toFixed(2)}-${high.toFixed(2)}`.padEnd(36);
}
