// What an idle session costs: memory and processor time of one proxy that holds thousands of them.
// Usage: npm run bench:idle -- [--sessions 5000] [--seconds 10]

import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { EchoSession } from '../e2e/support/echo-session.ts';
import { cpuMs, mebibytes, openDescriptors } from '../e2e/support/process-figures.ts';
import { startSinkProxy } from '../e2e/support/sink-proxy.ts';

// As many handshakes at once as keep both processors busy without a queue that times out.
const batch = 50;
const settleMs = 2_000;

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '5000' }, seconds: { type: 'string', default: '10' } },
});
const sessions = Number(values.sessions);
const seconds = Number(values.seconds);

// Both processes hold two sockets for each session, and some files of their own.
const needed = sessions * 2 + 200;
const limit = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
// "unlimited" is no number, and enough.
if (limit < needed) {
  process.stderr.write(
    `${sessions} sessions need ${needed} descriptors, the limit is ${limit}: run "ulimit -n ${needed}" before\n`,
  );
  process.exitCode = 1;
} else {
  await measure();
}

async function measure(): Promise<void> {
  await using undo = new AsyncDisposableStack();
  // Answers, so that a session is known to stand from end to end.
  const { sink, proxy } = undo.use(await startSinkProxy({ serve: (socket) => void socket.pipe(socket) }));
  const clients: EchoSession[] = [];
  undo.defer(() => {
    for (const client of clients) client[Symbol.dispose]();
  });
  const open = async (): Promise<void> => {
    const client = await EchoSession.open(proxy.port);
    await client.round();
    clients.push(client);
  };

  // The first sessions pay for code that is compiled and for buffers that stay.
  await Promise.all(Array.from({ length: batch }, open));
  await sleep(settleMs);
  const before = { resident: proxy.residentBytes, descriptors: openDescriptors(proxy.pid), count: clients.length };
  const startedAt = performance.now();
  while (clients.length < sessions + before.count) {
    await Promise.all(Array.from({ length: Math.min(batch, sessions + before.count - clients.length) }, open));
  }
  const setUpSeconds = (performance.now() - startedAt) / 1000;
  await sleep(settleMs);
  const grown = proxy.residentBytes - before.resident;
  const cpuBefore = cpuMs(proxy.pid);
  await sleep(seconds * 1000);
  const cpu = cpuMs(proxy.pid) - cpuBefore;
  await Promise.all(clients.map(async (client) => client.round()));

  const rows: readonly (readonly [string, string])[] = [
    ['idle sessions', String(sessions)],
    ['opened in', `${setUpSeconds.toFixed(1)} s (${Math.round(sessions / setUpSeconds)} per second)`],
    ['resident memory before', mebibytes(before.resident)],
    ['resident memory with them', mebibytes(before.resident + grown)],
    ['memory per session', `${(grown / sessions / 1024).toFixed(1)} KiB`],
    ['processor time while idle', `${cpu.toFixed(0)} ms in ${seconds} s (${(cpu / seconds / 10).toFixed(2)} % of one)`],
    ['processor time per session', `${((cpu * 1000) / sessions / seconds).toFixed(2)} µs per second`],
    ['descriptors per session', ((openDescriptors(proxy.pid) - before.descriptors) / sessions).toFixed(2)],
    ['sessions alive afterwards', String(sink.open - before.count)],
  ];
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(28)} ${value}\n`);
}
