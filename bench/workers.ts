// Whether a connection costs more when several processes serve: processor time of all of them for a connect and for a round trip, and how evenly the workers share it.
// The same number of proxies that know nothing of each other shows what it costs that so many processes are awake on one machine.
// Usage: npm run bench:workers -- [--workers 1,2,4] [--rounds 5] [--connects 300] [--trips 3000]

import { parseArgs } from 'node:util';
import { EchoSession } from '../e2e/support/echo-session.ts';
import { childrenOf, cpuMs, median, totalCpuMs } from '../e2e/support/process-figures.ts';
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
  readonly name: string;
  /** Their ports in turn are where clients go. */
  readonly ports: readonly number[];
  /** Of the processes that were started. */
  readonly pids: readonly number[];
  readonly clients: readonly EchoSession[];
  /** Milliseconds of processor time for a connect, a round each. */
  readonly connectMs: number[];
  /** Microseconds for a round trip. */
  readonly tripUs: number[];
}

await using undo = new AsyncDisposableStack();
const candidates: Candidate[] = [];
for (const count of counts) {
  candidates.push(await startCandidate(count === 1 ? 'one process' : `${count} workers`, [count]));
  if (count > 1) candidates.push(await startCandidate(`${count} proxies apart`, Array(count).fill(1)));
}
// In turn, so that whatever else the machine does meets all of them alike.
for (let round = 0; round < rounds; round += 1) {
  for (const candidate of candidates) {
    candidate.connectMs.push(await connectCost(candidate));
    candidate.tripUs.push(await tripCost(candidate));
  }
}

const [first] = candidates;
const [nameWidth, figuresWidth] = [20, 34];
const line = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(index === 0 ? nameWidth : figuresWidth))
    .join('')
    .trimEnd();
const kinds = ['ms of CPU per connect', 'us of CPU per round trip', 'share of each worker'];
process.stdout.write(
  `${line(['', ...kinds])}\n${line(['', ...Array<string>(2).fill('median, ratio, lowest-highest')])}\n`,
);
for (const { name, pids, connectMs, tripUs } of candidates) {
  const each = pids.flatMap(childrenOf).map(cpuMs);
  const total = each.reduce((sum, ms) => sum + ms, 0);
  const shares = each.map((ms) => `${Math.round((ms / total) * 100)} %`).join(' ');
  process.stdout.write(
    `${line([name, figures(connectMs, first?.connectMs ?? []), figures(tripUs, first?.tripUs ?? []), shares])}\n`,
  );
}

/** Starts a proxy for each number of workers. */
async function startCandidate(name: string, workers: readonly number[]): Promise<Candidate> {
  const proxies = [];
  for (const count of workers) {
    const flags = [`--workers=${count}`];
    proxies.push(undo.use(await startSinkProxy({ serve: (socket) => void socket.pipe(socket), flags })).proxy);
  }
  const ports = proxies.map(({ port }) => port);
  const clients = await Promise.all(dealt(ports).map((port) => EchoSession.open(port)));
  undo.defer(() => {
    for (const client of clients) client[Symbol.dispose]();
  });
  const made = { name, ports, pids: proxies.map(({ pid }) => pid), clients, connectMs: [], tripUs: [] };
  // Code that is compiled meanwhile is paid here: each process compiles its own, and sees its share only.
  const serving = workers.reduce((sum, count) => sum + count, 0);
  for (let each = 0; each < serving; each += 1) {
    await connectCost(made);
    await tripCost(made);
  }
  return made;
}

/** The port of each client that is under way. */
function dealt(ports: readonly number[]): readonly number[] {
  return Array.from({ length: underWay }, (_, index) => ports[index % ports.length] ?? 0);
}

/** Of all its processes. */
function cpuOf({ pids }: Candidate): number {
  return totalCpuMs([...pids, ...pids.flatMap(childrenOf)]);
}

async function connectCost(candidate: Candidate): Promise<number> {
  const { ports } = candidate;
  const before = cpuOf(candidate);
  let begun = 0;
  const work = async (port: number): Promise<void> => {
    while (begun < connects) {
      begun += 1;
      using client = await EchoSession.open(port);
      await client.round();
    }
  };
  await Promise.all(dealt(ports).map(work));
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
  return `${median(costs).toFixed(2)}, ${ratio.toFixed(2)}, ${low.toFixed(2)}-${high.toFixed(2)}`;
}
