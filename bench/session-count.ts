// Whether a session costs more when there are many others: processor time of the proxy for a round trip, beside 10 to 5,000 sessions.
// Usage: npm run bench:session-count -- [--counts 10,100,1000,5000] [--rounds 5] [--trips 5000]

import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { EchoSession } from '../e2e/support/echo-session.ts';
import { cpuMs, median } from '../e2e/support/process-figures.ts';
import { type SinkProxy, startSinkProxy } from '../e2e/support/sink-proxy.ts';

// So many handshakes at once keep the processors busy without a queue that times out; so many round trips are under way.
const openedAtOnce = 50;
const underWay = 10;

const { values } = parseArgs({
  options: {
    counts: { type: 'string', default: '10,100,1000,5000' },
    rounds: { type: 'string', default: '5' },
    trips: { type: 'string', default: '5000' },
  },
});
const counts = values.counts.split(',').map(Number);
const [rounds, trips] = [Number(values.rounds), Number(values.trips)];

/** One proxy with its sessions, and what was measured with them so far. */
interface Candidate extends SinkProxy {
  readonly count: number;
  readonly clients: readonly EchoSession[];
  /** Microseconds of the proxy's processor time for one round trip, a round each. */
  readonly spread: number[];
  /** The same when the same few sessions do all of it and the others are idle. */
  readonly few: number[];
}

// This process is client and server of every session.
const needed = counts.reduce((sum, count) => sum + count, 0) * 2 + 500;
const limit = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
if (limit < needed) {
  process.stderr.write(`it needs ${needed} descriptors, the limit is ${limit}: run "ulimit -n ${needed}" before\n`);
  process.exitCode = 1;
} else {
  await measure();
}

async function measure(): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const candidates: Candidate[] = [];
  for (const count of counts) {
    const { sink, proxy } = undo.use(await startSinkProxy({ serve: (socket) => void socket.pipe(socket) }));
    const clients = await openSessions(proxy.port, count);
    undo.defer(() => {
      for (const client of clients) client[Symbol.dispose]();
    });
    const candidate: Candidate = {
      sink,
      proxy,
      count,
      clients,
      spread: [],
      few: [],
      [Symbol.asyncDispose]: async () => undefined,
    };
    // Code that is compiled meanwhile is paid here.
    await costOf(candidate, clients);
    candidates.push(candidate);
    process.stderr.write(`${count} sessions stand\n`);
  }
  // In turn, so that whatever else the machine does meets all of them alike.
  for (let round = 0; round < rounds; round += 1) {
    for (const candidate of candidates) {
      candidate.spread.push(await costOf(candidate, candidate.clients));
      candidate.few.push(await costOf(candidate, candidate.clients.slice(0, underWay)));
    }
  }
  const [first] = candidates;
  process.stdout.write(
    'sessions  over all of them: CPU, ratio, lowest-highest   over ten of them: CPU, ratio, lowest-highest\n',
  );
  for (const { count, spread, few } of candidates) {
    const cells = [figures(spread, first?.spread ?? []), figures(few, first?.few ?? [])];
    process.stdout.write(`${String(count).padStart(8)}  ${cells.join('   ')}\n`);
  }
}

/** Microseconds of the proxy's processor time for one round trip, the trips in turn over the sessions. */
async function costOf({ proxy }: Candidate, clients: readonly EchoSession[]): Promise<number> {
  const before = cpuMs(proxy.pid);
  let next = 0;
  const work = async (from: number): Promise<void> => {
    // Each has sessions of its own: one session cannot be under way twice.
    for (let client = from; next < trips; client = (client + underWay) % clients.length) {
      next += 1;
      await clients[client]?.round();
    }
  };
  await Promise.all(Array.from({ length: underWay }, (_, from) => work(from)));
  return ((cpuMs(proxy.pid) - before) * 1000) / trips;
}

async function openSessions(port: number, count: number): Promise<readonly EchoSession[]> {
  const clients: EchoSession[] = [];
  const open = async (): Promise<void> => {
    const client = await EchoSession.open(port);
    await client.round();
    clients.push(client);
  };
  while (clients.length < count) {
    await Promise.all(Array.from({ length: Math.min(openedAtOnce, count - clients.length) }, open));
  }
  return clients;
}

function figures(costs: readonly number[], reference: readonly number[]): string {
  const [low, high] = [Math.min(...costs), Math.max(...costs)];
  const ratio = median(costs) / median(reference);
  return `${median(costs).toFixed(1)} us, ${ratio.toFixed(2)}, ${low.toFixed(1)}-${high.toFixed(1)}`.padEnd(40);
}
