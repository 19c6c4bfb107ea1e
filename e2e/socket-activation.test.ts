// The proxy on sockets that were opened before it was started.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { queryWithPg } from './support/clients.ts';
import { freePorts } from './support/free-ports.ts';
import { proxyCommand } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';
import { skipUnlessInstalled } from './support/tools.ts';
import { until } from './support/until.ts';

const skip = skipUnlessInstalled('systemd-socket-activate');
/** Asks for TLS. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const name = 'local.us-central1.demo.primary';

interface Activated extends AsyncDisposable {
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  readonly stop: () => void;
}

/** Starts the proxy at the first connection, as a `.socket` unit would. */
async function activate(
  port: number,
  fdName: string,
  args: readonly string[],
  command: readonly string[] = proxyCommand,
): Promise<Activated> {
  const listen = [`--listen=127.0.0.1:${port}`, ...(fdName === '' ? [] : [`--fdname=${fdName}`])];
  const child = spawn('systemd-socket-activate', [...listen, ...command, ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  while (!output.includes('Listening on')) await once(child.stderr, 'data');
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    output: () => output,
    ended,
    stop: () => child.kill('SIGTERM'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

for (const fdName of [name, '']) {
  test(`A socket of systemd, ${fdName === '' ? 'found by its address' : 'found by its name'}, is served`, {
    skip,
  }, async () => {
    await using setting = await setUp();
    const port = await freePorts(1);
    const flags = [...setting.flags.slice(0, -2), '--port', String(fdName === '' ? port : port + 1)];
    await using proxy = await activate(port, fdName, [...flags, setting.instance]);
    const login = { port, ...setting.emulator.superuser };
    // The first client is there before the proxy is.
    assert.equal(await queryWithPg(login, 'select 1'), 1, proxy.output());
    assert.equal(await queryWithPg(login, 'select 2'), 2);
    const line = new RegExp(`\\[${name}\\] Listening on 127\\.0\\.0\\.1:${port}, opened by the service`);
    await until(() => line.test(proxy.output()));
  });
}

test('A socket of systemd that is that of no instance refuses the start', { skip }, async () => {
  await using setting = await setUp();
  const port = await freePorts(2);
  const args = [...setting.flags.slice(0, -2), '--port', String(port + 1), setting.instance];
  await using proxy = await activate(port, 'p.r.c.other', args);
  await assert.rejects(queryWithPg({ port, ...setting.emulator.superuser }, 'select 1'));
  assert.equal(await proxy.ended, 1);
  assert.match(
    proxy.output(),
    /error: the socket "p\.r\.c\.other" on 127\.0\.0\.1:\d+ that systemd has opened is that of no instance\n.*hint: /,
  );
});

test('A client that comes while a proxy on such a socket drains is left to its next start, and not refused', {
  skip,
}, async () => {
  await using setting = await setUp();
  const port = await freePorts(1);
  const flags = [...setting.flags.slice(0, -2), '--port', String(port), '--max-sigterm-delay=60s'];
  // Somebody else holds the socket too, as systemd does.
  const holding = ['sh', '-c', 'sleep 15 </dev/null >/dev/null 2>&1 & exec "$@"', 'sh', ...proxyCommand];
  await using proxy = await activate(port, name, [...flags, setting.instance], holding);
  const login = { host: '127.0.0.1', port, database: 'postgres', ...setting.emulator.superuser };
  const old = new Client(login);
  await old.connect();
  proxy.stop();
  while (!proxy.output().includes('SIGTERM signal received')) await sleep(20);
  const fresh = connect(port, '127.0.0.1');
  // Whoever serves or refuses it answers this.
  fresh.write(sslRequest);
  const answer = once(fresh, 'data').then(() => 'answered');
  assert.equal(await Promise.race([answer, sleep(1_000, 'none yet')]), 'none yet');
  assert.equal((await old.query('select 1')).rowCount, 1, 'who is there is served');
  await old.end();
  assert.equal(await proxy.ended, 143);
  assert.equal(await Promise.race([answer, sleep(100, 'none yet')]), 'none yet');
  fresh.destroy();
});
