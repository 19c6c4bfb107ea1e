// Works the proxy for minutes through renewed certificates and a new authority: nothing may fail, and memory must stay flat.
// Usage: npm run test:soak -- [--minutes 2]

import { setInterval as every } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median, mebibytes, openDescriptors } from '../support/process-figures.ts';
import { startProxy } from '../support/proxy-process.ts';
import { setUp } from '../support/setting.ts';
import { churn } from './churn.ts';
import { longSessions } from './long-sessions.ts';

const sampleMs = 1_000;
const churnClients = 4;
// A certificate is renewed 240 seconds before its end, and an instance is asked at most once in 30 seconds. This makes it
// 36 to 40 seconds, and leaves one more refresh for the new authority.
const certificateLifeMs = 280_000;
const mostGrowth = 1.1;
// Left alone, V8 collects what short connections leave behind once in a minute or two, and memory is a saw whose teeth are as
// long as this test. A small heap is collected often, and what still grows then is a leak.
const smallHeap = '--max-semi-space-size=1 --max-old-space-size=64';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '2' } } });
const seconds = Number(values.minutes) * 60;

await using setting = await setUp({ clientCertificateLifeMs: certificateLifeMs });
const { emulator, instance } = setting;
await using proxy = await startProxy([...setting.flags, instance], { env: { NODE_OPTIONS: smallHeap } });
const login = { port: proxy.port, ...emulator.superuser };

const over = new AbortController();
const samples: number[] = [];
const sampling = sample();
const churning = churn(login, { clients: churnClients, signal: over.signal });
const rotation = setTimeout(() => void emulator.rotateCa(instance), (seconds * 1000) / 2);
const long = await longSessions(login, seconds);
over.abort();
clearTimeout(rotation);
const churned = await churning;
await sampling;

const quarter = Math.floor(samples.length / 4);
const [second, last] = [median(samples.slice(quarter, 2 * quarter)), median(samples.slice(-quarter))];
const refreshes = emulator.statistics().apiCalls.generateClientCertificate;
const failures = [...long.failures, ...churned.failures];

const rows: readonly (readonly [string, string])[] = [
  ['time', `${seconds} s`],
  [long.name, `${long.transactions} transactions`],
  ['new connections', `${churned.queries}, the slowest ${Math.round(churned.slowestMs)} ms`],
  ['certificates issued', String(refreshes)],
  ['authorities', '2'],
  ['failed', String(failures.length)],
  ['memory, second quarter', mebibytes(second)],
  ['memory, last quarter', `${mebibytes(last)}, ${(last / second).toFixed(3)} of the second`],
  ['descriptors at the end', String(openDescriptors(proxy.pid))],
];
for (const [name, value] of rows) process.stdout.write(`${name.padEnd(24)} ${value}\n`);
for (const failure of failures.slice(0, 20)) process.stderr.write(`failed: ${failure}\n`);
if (failures.length > 0 || !(last <= second * mostGrowth)) process.exitCode = 1;

async function sample(): Promise<void> {
  try {
    for await (const _ of every(sampleMs, undefined, { signal: over.signal })) samples.push(proxy.residentBytes);
  } catch (error) {
    if (!over.signal.aborted) throw error;
  }
}
