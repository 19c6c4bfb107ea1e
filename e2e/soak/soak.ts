// Works the proxy for minutes through renewed certificates, a new authority and reloads: nothing may fail, and memory must stay flat.
// Usage: npm run test:soak -- [--minutes 2] [--heap small|default]

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mebibytes, openDescriptors } from '../support/process-figures.ts';
import { startProxy } from '../support/proxy-process.ts';
import { setUp } from '../support/setting.ts';
import { smallHeap } from '../support/small-heap.ts';
import { churn } from './churn.ts';
import { kills } from './kills.ts';
import { longSessions } from './long-sessions.ts';
import { heldBytes, quarters, sampleResident } from './memory.ts';
import { certificateLifeMs, longestBetweenRefreshesMs } from './timings.ts';

const churnClients = 4;
const mostGrowth = 1.1;
const heaps: Readonly<Record<string, { readonly text: string; readonly env: Readonly<Record<string, string>> }>> = {
  small: smallHeap,
  default: { text: "V8's default", env: {} },
};

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '2' }, heap: { type: 'string', default: 'small' } },
});
const seconds = Number(values.minutes) * 60;
const heap = heaps[values.heap];
if (!(seconds > 0) || heap === undefined) throw new Error('usage: [--minutes N] [--heap small|default]');

await using setting = await setUp({ clientCertificateLifeMs: certificateLifeMs });
const { emulator, instance } = setting;
const entry = 'e2e/soak/soak-proxy.ts';
await using proxy = await startProxy([...setting.flags, instance], { entry, env: heap.env });
const login = { port: proxy.port, ...emulator.superuser };

/** What happens meanwhile, and after which part of the time. */
const happenings: readonly { readonly at: number; readonly act: () => Promise<void> }[] = [
  { at: 1 / 2, act: () => emulator.rotateCa(instance) },
  ...[1, 3, 5, 7].map((eighth, index) => ({ at: eighth / 8, act: () => reload(index + 1) })),
];

/** A listener more, or one less, each time. */
async function reload(time: number): Promise<void> {
  proxy.signal('SIGHUP');
  await proxy.waitFor(new RegExp(`(Reloaded the configuration: listeners [^]*){${time}}`));
}

const over = new AbortController();
const happening = Promise.all(
  happenings.map(async ({ at, act }) => {
    await sleep(seconds * 1000 * at);
    await act();
  }),
);
const holding = sleep(seconds * 250).then(() => heldBytes(proxy));
const sampling = sampleResident(proxy, over.signal);
const churning = churn(login, { clients: churnClients, signal: over.signal });
const killing = kills(login, over.signal);
const long = await longSessions(login, seconds);
const held = { early: await holding, late: await heldBytes(proxy) };
over.abort();
const [churned, killed, resident] = await Promise.all([churning, killing, sampling.then(quarters)]);
await happening;

const certificates = emulator.statistics().apiCalls.generateClientCertificate;
const failures = [...long.failures, ...churned.failures, ...killed.failures];
if (certificates < (seconds * 1000) / longestBetweenRefreshesMs) failures.push(`only ${certificates} certificates`);
if (!(resident.last <= resident.second * mostGrowth)) failures.push('resident memory grew');
if (!(held.late <= held.early * mostGrowth)) failures.push('the heap grew');

const rows: readonly (readonly [string, string])[] = [
  ['time', `${seconds} s`],
  [long.name, `${long.transactions} transactions`],
  ['new connections', `${churned.queries}, the slowest ${Math.round(churned.slowestMs)} ms`],
  ['killed on purpose', String(killed.killed)],
  ['certificates issued', `${certificates}, one in ${(seconds / certificates).toFixed(1)} s`],
  ['authorities', '2'],
  ['reloads', '4'],
  ['failed', String(failures.length)],
  ['heap', heap.text],
  ['resident, second quarter', mebibytes(resident.second)],
  ['resident, last quarter', `${mebibytes(resident.last)}, ${growth(resident.second, resident.last)}`],
  ['held after a collection', `${mebibytes(held.early)}, at the end ${growth(held.early, held.late)}`],
  ['descriptors at the end', String(openDescriptors(proxy.pid))],
];
for (const [name, value] of rows) process.stdout.write(`${name.padEnd(24)} ${value}\n`);
for (const failure of failures.slice(0, 20)) process.stderr.write(`failed: ${failure}\n`);
if (failures.length > 0) process.exitCode = 1;

function growth(before: number, after: number): string {
  return `${(after / before).toFixed(3)} times as much (at most ${mostGrowth})`;
}
