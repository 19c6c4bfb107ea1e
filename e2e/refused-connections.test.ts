// What the server, the API or the credentials refuse: one client fails with a clear line, the proxy goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { startProxy } from './support/proxy-process.ts';
import { inWine } from './support/proxy-system.ts';
import { setUp } from './support/setting.ts';

/** Wine tells of a reset as of an end. */
const resetWhileJudged = inWine
  ? /does not accept the client certificate: the server closed the connection/
  : /does not accept the client certificate: connection reset by peer/;

test('A client certificate that the server refuses, and the new one too, fails one connection and says so', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy(instance);
  const login = { port: proxy.port, ...emulator.superuser };
  assert.equal(await queryWithPg(login, 'select 1'), 1);
  emulator.addFault({ kind: 'refuse-client-certificate', times: 2 });
  await assert.rejects(queryWithPg(login, 'select 1'));
  await proxy.waitFor(/failed to connect to instance: .*does not accept the client certificate/);
  assert.equal(await queryWithPg(login, 'select 1'), 1);
});

test('A server certificate of another authority is not trusted', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy(instance);
  const login = { port: proxy.port, ...emulator.superuser };
  emulator.addFault({ kind: 'foreign-server-certificate', times: 2 });
  await assert.rejects(queryWithPg(login, 'select 1'));
  await proxy.waitFor(/failed to connect to instance: Cannot complete the TLS handshake with "127\.0\.0\.\d+:5433"/);
  assert.equal(await queryWithPg(login, 'select 1'), 1);
});

test('An expired token is reported as what it is', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const token = emulator.mintToken('ada@example.com', { expiresInSeconds: -60 });
  const flags = ['--token', token, '--alloydbadmin-api-endpoint', emulator.apiEndpoint, '--port', '0'];
  await using proxy = await startProxy([...flags, instance]);
  await assert.rejects(queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'));
  await proxy.waitFor(
    /failed to connect to instance: .*401 UNAUTHENTICATED: Request had invalid authentication credentials/,
  );
  assert.ok(!proxy.output.includes(token));
});

test('An instance that does not exist is named, and its neighbour is served', async () => {
  await using setting = await setUp();
  const unknown = setting.instance.replace('primary', 'primray');
  const proxy = await setting.startProxy(unknown, setting.instance);
  const [badPort = 0, goodPort = 0] = proxy.ports;
  const { superuser } = setting.emulator;
  await assert.rejects(queryWithPg({ port: badPort, ...superuser }, 'select 1'));
  await proxy.waitFor(new RegExp(`failed to connect to instance: .*${unknown}.*404 NOT_FOUND`));
  assert.equal(await queryWithPg({ port: goodPort, ...superuser }, 'select 1'), 1);
});

test('Answers that the metadata exchange must not choke on fail one connection each', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy(instance);
  const login = { port: proxy.port, ...emulator.superuser };
  const cases = [
    [
      { kind: 'exchange-error', message: 'Caller does not have required permission to use project' },
      /refused the connection: Caller does not/,
    ],
    [
      { kind: 'postgres-error', message: 'sorry, too many clients already' },
      /FATAL: sorry, too many clients already \(SQLSTATE 53300\)/,
    ],
    [{ kind: 'truncated-reply' }, /Cannot complete the metadata exchange with ".*": the server closed the connection/],
    [{ kind: 'oversized-reply' }, /the reply announces \d+ bytes/],
    [{ kind: 'close-before-reply', times: 2 }, /does not accept the client certificate/],
    // One refresh was allowed, for the case before; this one fails at the first attempt.
    [{ kind: 'reset-before-reply' }, resetWhileJudged],
  ] as const;
  for (const [fault, message] of cases) {
    emulator.addFault(fault);
    await assert.rejects(queryWithPg(login, 'select 1'), fault.kind);
    await proxy.waitFor(message);
  }
  assert.equal(await queryWithPg(login, 'select 1'), 1);
});

test('An Admin API that is away for a moment is asked again', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy(instance);
  emulator.addFault({ kind: 'api-error', status: 503 });
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
});
