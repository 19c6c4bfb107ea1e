// Local TLS: clients check the proxy's certificate, the proxy theirs, and nobody gets in without.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { Client } from 'pg';
import postgres from 'postgres';
import { libpqEnvironment, queryWithPg } from './support/clients.ts';
import { type LocalCertificates, writeLocalCertificates } from './support/local-certificates.ts';
import { readUntilReady, startupMessage } from './support/postgres-messages.ts';
import type { ProxyProcess } from './support/proxy-process.ts';
import { iamUser, type Setting, setUp } from './support/setting.ts';
import { runProgram, skipUnlessInstalled } from './support/tools.ts';

const psql = { skip: skipUnlessInstalled('psql') };
const select = ['--no-psqlrc', '--tuples-only', '--no-align', '--command', 'select 42'];

interface Encrypted extends AsyncDisposable {
  readonly setting: Setting;
  readonly certificates: LocalCertificates;
  readonly proxy: ProxyProcess;
}

async function setUpEncrypted(
  more: (certificates: LocalCertificates) => readonly string[] = () => [],
): Promise<Encrypted> {
  const setting = await setUp();
  const certificates = await writeLocalCertificates(setting.folder);
  const proxy = await setting.startProxy(
    '--auto-iam-authn',
    ...certificates.flags,
    ...more(certificates),
    setting.instance,
  );
  return { setting, certificates, proxy, [Symbol.asyncDispose]: () => setting[Symbol.asyncDispose]() };
}

function verifyFull({ proxy, certificates }: Encrypted, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    ...libpqEnvironment({ host: 'localhost', port: proxy.port, user: iamUser }),
    PGHOSTADDR: '127.0.0.1',
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: certificates.ca,
    ...more,
  };
}

async function queryOverTls(it: Encrypted, ca = it.certificates.caText): Promise<unknown> {
  const client = new Client({
    host: 'localhost',
    port: it.proxy.port,
    user: iamUser,
    database: 'postgres',
    ssl: { ca },
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query('select 1 as one')).rows[0]?.one;
  } finally {
    await client.end();
  }
}

test('psql with sslmode=verify-full checks the certificate of the proxy', psql, async () => {
  await using it = await setUpEncrypted();
  const { status, stdout, stderr } = await runProgram('psql', select, verifyFull(it));
  assert.deepEqual({ status, stdout }, { status: 0, stdout: '42\n' }, stderr);
  const stranger = await runProgram('psql', select, verifyFull(it, { PGHOST: 'db.example.com' }));
  assert.match(stranger.stderr, /does not match host name "db\.example\.com"/);
});

test('pg and postgres.js check the certificate of the proxy', async () => {
  await using it = await setUpEncrypted();
  assert.equal(await queryOverTls(it), 1);
  const sql = postgres({
    host: 'localhost',
    port: it.proxy.port,
    user: iamUser,
    database: 'postgres',
    max: 1,
    ssl: { ca: it.certificates.caText },
  });
  const text = 'x'.repeat(3_000_000);
  assert.equal((await sql`select length(${text}) as length`)[0]?.['length'], text.length);
  await sql.end();
});

test('A client that does not ask for TLS is told so', psql, async () => {
  await using it = await setUpEncrypted();
  await assert.rejects(queryWithPg({ port: it.proxy.port, user: iamUser }, 'select 1'), {
    code: '28000',
    message: /wants sslmode=require/,
    hint: /verify-full/,
  });
  const { stderr } = await runProgram('psql', select, verifyFull(it, { PGSSLMODE: 'disable' }));
  assert.match(stderr, /FATAL: +alloydb-auth-proxy: this listener takes encrypted connections only/);
  await it.proxy.waitFor('local TLS: it did not ask for TLS');
});

test('Direct TLS with the ALPN protocol of PostgreSQL is served, and no other', async () => {
  await using it = await setUpEncrypted();
  const open = async (protocols: readonly string[]) => {
    const socket = connectTls({
      port: it.proxy.port,
      host: '127.0.0.1',
      ca: it.certificates.caText,
      ALPNProtocols: [...protocols],
    });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return socket;
  };
  const socket = await open(['postgresql']);
  socket.write(startupMessage(iamUser));
  await readUntilReady(socket);
  socket.destroy();
  const other = await open([]);
  await once(other.resume(), 'close');
  await it.proxy.waitFor('direct TLS without the ALPN protocol');
});

test('Data that came before the handshake is never taken for encrypted', async () => {
  await using it = await setUpEncrypted();
  const socket = connectTcp(it.proxy.port, '127.0.0.1').on('error', () => undefined);
  const request = Buffer.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f);
  socket.write(Buffer.concat([request, startupMessage(iamUser)]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^E.*C08P01/s);
  socket.destroy();
});

test('A cancel request in the clear is let through, as a PostgreSQL server would', async () => {
  await using it = await setUpEncrypted();
  const socket = connectTcp(it.proxy.port, '127.0.0.1').on('error', () => undefined);
  socket.end(Buffer.of(0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e, 0, 0, 0, 1, 0, 0, 0, 1));
  await once(socket.resume(), 'close');
  assert.equal(socket.bytesRead, 0, 'a cancel request has no answer');
  await it.proxy.waitFor('accepted connection from 127.0.0.1');
});

test('--local-tls-client-ca lets in only clients with a certificate of that authority', psql, async () => {
  await using it = await setUpEncrypted(({ ca }) => ['--local-tls-client-ca', ca]);
  const own = { PGSSLCERT: it.certificates.client.cert, PGSSLKEY: it.certificates.client.key };
  const { status, stderr } = await runProgram('psql', select, verifyFull(it, own));
  assert.equal(status, 0, stderr);
  const none = await runProgram('psql', select, verifyFull(it));
  assert.match(none.stderr, /certificate required|connection/);
  await it.proxy.waitFor('local TLS: peer did not return a certificate');
  await using stranger = await setUp();
  const { client } = await writeLocalCertificates(stranger.folder);
  const wrong = await runProgram('psql', select, verifyFull(it, { PGSSLCERT: client.cert, PGSSLKEY: client.key }));
  assert.notEqual(wrong.status, 0);
  await it.proxy.waitFor('local TLS: its certificate is not accepted');
});

test('Certificate files are read again when they change, and sessions go on', async () => {
  await using it = await setUpEncrypted();
  const before = new Client({
    host: 'localhost',
    port: it.proxy.port,
    user: iamUser,
    database: 'postgres',
    ssl: { ca: it.certificates.caText },
  });
  await before.connect();
  const old = readFileSync(it.certificates.cert, 'utf8');
  const renewed = await writeLocalCertificates(it.setting.folder);
  assert.notEqual(readFileSync(renewed.cert, 'utf8'), old);
  assert.equal(await queryOverTls(it, renewed.caText), 1);
  await assert.rejects(queryOverTls(it), /unable to verify|self.signed|issuer/);
  assert.equal((await before.query('select 2 as two')).rows[0]?.two, 2);
  await before.end();
  await it.proxy.waitFor('The files of local TLS have changed');
});
