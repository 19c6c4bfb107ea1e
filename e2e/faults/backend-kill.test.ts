// The PostgreSQL process behind a session is killed, in every phase. PostgreSQL then ends all its sessions, so the bystander
// of this table has a server without a database.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Emulator } from 'alloydb-emulator';
import { openDescriptors, skipUnlessCounted } from '../support/process-figures.ts';
import { iamUser, serviceAccount, setUp } from '../support/setting.ts';
import { writeStaticInfo } from '../support/static-info.ts';
import { TlsSink } from '../support/tls-sink.ts';
import { Bystander } from './bystander.ts';
import { EchoSession } from '../support/echo-session.ts';
import { limitMs, sessionPhases, startup } from './phases.ts';
import { startProxy } from '../support/proxy-process.ts';
import { Victim } from './victim.ts';

const quiet = 'projects/p/locations/us-central1/clusters/quiet/instances/i';
const recoveryLimitMs = 30_000;

test('The proxy survives that the backend of a session is killed', { skip: skipUnlessCounted }, async (t) => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  await using sink = await TlsSink.start({ serve: (socket) => void socket.pipe(socket) });
  const { address, port } = emulator.instances[0] ?? assert.fail('the emulator has no instance');
  const info = await writeStaticInfo(setting, { [instance]: { ipAddress: address } });
  const entries = JSON.parse(readFileSync(info, 'utf8')) as { readonly privateKey: string };
  writeFileSync(info, JSON.stringify({ ...entries, [quiet]: await sink.staticEntry(entries.privateKey) }));
  await using proxy = await startProxy([
    '--port=0',
    '--auto-iam-authn',
    `--token=${emulator.mintToken(serviceAccount)}`,
    `--static-connection-info=${info}`,
    `${instance}?dial-address=${address}:${port}`,
    `${quiet}?dial-address=${sink.dialAddress}`,
  ]);
  const [victimPort = 0, quietPort = 0] = proxy.ports;
  using echo = await EchoSession.open(quietPort);
  await using bystander = new Bystander(async () => echo.round());
  await assertServedAgain(victimPort);
  const descriptors = openDescriptors(proxy.pid);

  // Before the login is over there is no backend to kill.
  for (const phase of sessionPhases.filter(({ name }) => name !== 'startup')) {
    await t.test(`The client hears of a backend killed in ${phase.name}`, async () => {
      {
        using victim = new Victim(victimPort);
        await phase.enter(victim);
        process.kill(await backendOf(emulator, iamUser), 'SIGKILL');
        victim.send(phase.rest);
        assert.notEqual(await victim.ending(phase.readyCount, limitMs), 'complete');
      }
      await assertServedAgain(victimPort);
      const deadline = Date.now() + limitMs;
      while (openDescriptors(proxy.pid) > descriptors) {
        assert.ok(Date.now() < deadline, `the proxy holds more than ${descriptors} descriptors`);
        await sleep(20);
      }
      bystander.assertUnharmed();
      proxy.assertNoUnhandledError();
    });
  }
  t.diagnostic(`the bystander worked ${bystander.figures.rounds} times, at most ${bystander.figures.slowestMs} ms`);
});

/** Process id of the only session of a database user, asked of PostgreSQL directly. */
async function backendOf({ postgres }: Emulator, user: string): Promise<number> {
  const { host, port, user: superuser, password, database } = postgres;
  const client = new Client({ host, port, user: superuser, password, database });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity where usename = $1', [user]);
    assert.equal(rows.length, 1);
    return rows[0]?.pid ?? assert.fail('no session');
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
