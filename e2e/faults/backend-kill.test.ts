// The PostgreSQL process behind a session is killed, in every phase. PostgreSQL then ends all its sessions, so the bystander
// of this table has a server without a database.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Emulator } from 'alloydb-emulator';
import { childrenOf, openDescriptors, parentOf, skipUnlessCounted } from '../support/process-figures.ts';
import { iamUser, serviceAccount, setUp } from '../support/setting.ts';
import { writeStaticInfo } from '../support/static-info.ts';
import { TlsSink } from '../support/tls-sink.ts';
import { Bystander } from './bystander.ts';
import { EchoSession } from '../support/echo-session.ts';
import { backendKills } from './kills.ts';
import { limitMs, startup } from './phases.ts';
import { startProxy } from '../support/proxy-process.ts';
import { descriptorsBackAt } from './rig.ts';
import { Victim } from './victim.ts';

const quiet = 'projects/p/locations/us-central1/clusters/quiet/instances/i';
const [iam, native] = ['iam', 'native'].map((name) => `projects/p/locations/us-central1/clusters/c/instances/${name}`);
const recoveryLimitMs = 30_000;

test('The proxy survives that the backend of a session is killed', { skip: skipUnlessCounted }, async (t) => {
  await using setting = await setUp({ instances: [iam, native].map(String) });
  const { emulator } = setting;
  await using sink = await TlsSink.start({ serve: (socket) => void socket.pipe(socket) });
  const { instances } = emulator;
  const info = await writeStaticInfo(
    setting,
    Object.fromEntries(instances.map(({ uri, address }) => [uri, { ipAddress: address }])),
  );
  const entries = JSON.parse(readFileSync(info, 'utf8')) as { readonly privateKey: string };
  writeFileSync(info, JSON.stringify({ ...entries, [quiet]: await sink.staticEntry(entries.privateKey) }));
  await using proxy = await startProxy([
    '--port=0',
    '--auto-iam-authn',
    `--token=${emulator.mintToken(serviceAccount)}`,
    `--static-connection-info=${info}`,
    // At the second, clients log in by themselves.
    ...instances.map(
      ({ uri, address, port }, at) => `${uri}?dial-address=${address}:${port}&auto-iam-authn=${at === 0}`,
    ),
    `${quiet}?dial-address=${sink.dialAddress}`,
  ]);
  const [iamPort = 0, nativePort = 0, quietPort = 0] = proxy.ports;
  using echo = await EchoSession.open(quietPort);
  await using bystander = new Bystander(async () => echo.round());
  await assertServedAgain(iamPort);
  const descriptors = openDescriptors(proxy.pid);

  for (const phase of backendKills(emulator.superuser.user)) {
    await t.test(`The client hears of a backend killed in ${phase.name}`, async () => {
      {
        const isStartup = phase.name === 'startup';
        using victim = new Victim(isStartup ? nativePort : iamPort);
        await phase.enter(victim);
        process.kill(await (isStartup ? startingBackend(emulator) : backendOf(emulator, iamUser)), 'SIGKILL');
        victim.send(phase.rest);
        assert.notEqual(await victim.ending(phase.readyCount, limitMs), 'complete');
      }
      await assertServedAgain(iamPort);
      await descriptorsBackAt(proxy.pid, descriptors);
      bystander.assertUnharmed();
      proxy.assertNoUnhandledError();
    });
  }
  t.diagnostic(`the bystander worked ${bystander.figures.rounds} times, at most ${bystander.figures.slowestMs} ms`);
});

/** Process id of the only session of a database user. */
async function backendOf(emulator: Emulator, user: string): Promise<number> {
  const pids = await askPostgres(emulator, `select pid from pg_stat_activity where usename = '${user}'`);
  assert.equal(pids.length, 1);
  return pids[0] ?? assert.fail('no session');
}

/** Process id of the only login under way. Whether PostgreSQL's own views show it depends on the version. */
async function startingBackend(emulator: Emulator): Promise<number> {
  const [lasting = 0] = await askPostgres(
    emulator,
    "select pid from pg_stat_activity where backend_type = 'checkpointer'",
  );
  const starting = childrenOf(parentOf(lasting)).filter((pid) => commandLineOf(pid).includes('authentication'));
  assert.equal(starting.length, 1);
  return starting[0] ?? assert.fail('no login is under way');
}

/** Nothing for a process that has ended since it was listed, as that of the question before may have. */
function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** The column `pid` of a query that goes to PostgreSQL directly. */
async function askPostgres({ postgres }: Emulator, text: string): Promise<readonly number[]> {
  const { host, port, user, password, database } = postgres;
  const client = new Client({ host, port, user, password, database });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>(text);
    return rows.map(({ pid }) => pid);
  } finally {
    await client.end();
  }
}

/** PostgreSQL starts anew after one of its processes was killed, and refuses clients meanwhile. */
async function assertServedAgain(port: number): Promise<void> {
  const deadline = Date.now() + recoveryLimitMs;
  for (;;) {
    using next = new Victim(port);
    next.send(startup);
    if ((await next.ending(1, limitMs)) === 'complete') return;
    assert.ok(Date.now() < deadline, `no client is served after ${recoveryLimitMs} ms`);
    await sleep(100);
  }
}
