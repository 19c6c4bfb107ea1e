// Out of file descriptors: sessions go on, clients are told, nothing spins, and it passes (W9).

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import { type Login, openPostgresJs, queryWithPg } from './support/clients.ts';
import { childrenOf, skipUnlessCounted, totalCpuMs } from './support/process-figures.ts';
import { type ProxyProcess, startProxy } from './support/proxy-process.ts';
import { iamUser, type Setting, setUp } from './support/setting.ts';

const openFiles = 64;

/**
 * Clients that connect and say nothing. Resolves once the system has connected them all, whoever accepted them. A proxy that hangs up
 * at once may be noticed before the connection is: then `connect` itself fails with ECONNRESET.
 */
async function openSilent(port: number, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(
    sockets.map(
      (socket) => new Promise<void>((resolve) => void socket.once('connect', resolve).once('close', () => resolve())),
    ),
  );
  return sockets;
}

for (const workers of [1, 2]) {
  const name = workers === 1 ? '' : `, with ${workers} workers`;
  const start = (setting: Setting): Promise<ProxyProcess> =>
    startProxy([...setting.flags, '--auto-iam-authn', `--workers=${workers}`, setting.instance], { openFiles });

  test(`A proxy out of descriptors keeps its sessions, does not spin and recovers${name}`, {
    skip: skipUnlessCounted,
  }, async () => {
    await using setting = await setUp();
    await using proxy = await start(setting);
    const all = [proxy.pid, ...childrenOf(proxy.pid)];
    await proxy.waitFor(/the limit of open files is 64; .* should have 1024.*\n.*hint: .*ulimit -n.*LimitNOFILE=/);
    const login = { port: proxy.port, user: iamUser };
    const session = openPostgresJs(login);
    await session`select 1`;

    const silent = await openSilent(proxy.port, 2 * openFiles * workers);
    // What is beyond the limit has been hung up on by now; what is left fills every descriptor there is.
    assert.equal((await session`select 2 as two`)[0]?.['two'], 2);
    const before = totalCpuMs(all);
    await sleep(1000);
    const spent = totalCpuMs(all) - before;
    assert.ok(spent < 300 * workers, `${spent} ms of processor time in a second without work`);
    assert.equal((await session`select 3 as three`)[0]?.['three'], 3);

    for (const socket of silent) socket.destroy();
    await session.end();
    await untilServed(login);
    assert.deepEqual([proxy.pid, ...childrenOf(proxy.pid)], all, 'nobody had to be replaced');
  });

  test(`Sessions beyond the descriptors are refused with 53300 and what to do${name}`, {
    skip: skipUnlessCounted,
  }, async () => {
    await using setting = await setUp();
    await using proxy = await start(setting);
    const login = { port: proxy.port, user: iamUser };
    const sessions: postgres.Sql[] = [];
    const openAll = async (): Promise<void> => {
      while (sessions.length < openFiles * workers) {
        const session = openPostgresJs(login);
        sessions.push(session);
        await session`select 1`;
      }
    };
    await assert.rejects(openAll, { code: '53300', severity: 'FATAL', hint: /ulimit -n/ });
    await proxy.waitFor(/the limit of open files leaves room for \d+ connections, and they are taken/);
    await Promise.all(sessions.map((session) => session.end()));
  });
}

/** The proxy may have yet to notice that others have left, or to open its listener. */
async function untilServed(login: Login): Promise<void> {
  for (;;) {
    try {
      assert.equal(await queryWithPg(login, 'select 4'), 4);
      return;
    } catch {
      await sleep(100);
    }
  }
}
