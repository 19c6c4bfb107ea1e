// Tests logins through the emulator, with pg as an independent PostgreSQL client.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Client, type ClientConfig } from 'pg';
import type { Emulator } from './emulator.ts';
import { LOGIN_SCOPE } from './iam/access-tokens.ts';
import { message, readMessage, startupMessage } from './postgres/messages.ts';
import { readExactly } from './read-exactly.ts';
import { startEmulator } from './start-emulator.ts';
import {
  AUTO_IAM,
  DB_NATIVE,
  dial,
  exchangeRequest,
  firstInstance,
  openSession,
  readToEnd,
  requestCertificate,
} from './testing/emulator-client.ts';

const ACCOUNT = 'app@local.iam.gserviceaccount.com';
const never = new AbortController().signal;
let emulator: Emulator;
let token: string;

before(async () => {
  emulator = await startEmulator();
  await emulator.createIamUser(ACCOUNT);
  token = emulator.mintToken(ACCOUNT);
});
after(async () => emulator.close());

type Session = Parameters<typeof openSession>[1];

async function connectPg(config: ClientConfig, session: Partial<Session> = {}): Promise<Client> {
  const stream = await openSession(emulator, { token, ...session });
  // pg connects its stream; this one has long been connected.
  const connect = (): void => void setImmediate(() => stream.emit('connect'));
  const client = new Client({ database: 'postgres', ...config, stream: () => Object.assign(stream, { connect }) });
  await client.connect();
  return client;
}

async function queryValue(client: Client, sql: string): Promise<unknown> {
  const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
  await client.end();
  return rows[0]?.[0];
}

test('DB_NATIVE logs in with a password, which PostgreSQL itself checks', async () => {
  const { name, password } = await emulator.createDatabaseUser({ name: `built-in "user's"` });
  const client = await connectPg({ user: name, password });
  assert.equal(await queryValue(client, 'SELECT current_user'), name);
  await assert.rejects(connectPg({ user: name, password: 'wrong' }), { code: '28P01' });
});

test('AUTO_IAM logs a service account in without a password', async () => {
  const client = await connectPg({ user: 'app@local.iam' }, { authType: AUTO_IAM });
  assert.equal(await queryValue(client, 'SELECT current_user'), 'app@local.iam');
});

test('AUTO_IAM logs a person in under the full e-mail, with a token for alloydb.login', async () => {
  const user = await emulator.createIamUser('ann@example.com');
  assert.equal(user, 'ann@example.com');
  const narrow = emulator.mintToken('ann@example.com', { scopes: [LOGIN_SCOPE] });
  const certificate = await requestCertificate(emulator, { token });
  const client = await connectPg({ user }, { authType: AUTO_IAM, token: narrow, certificate });
  assert.equal(await queryValue(client, 'SELECT current_user'), user);
});

test('AUTO_IAM refuses another user, a missing role and a principal that may not log in', async () => {
  await emulator.createIamUser('other@local.iam.gserviceaccount.com');
  const session = { authType: AUTO_IAM };
  await assert.rejects(connectPg({ user: 'other@local.iam' }, session), {
    code: '28000',
    message: 'IAM principal does not match database user.',
  });
  const stranger = emulator.mintToken('stranger@local.iam.gserviceaccount.com');
  emulator.grantRole('stranger@local.iam.gserviceaccount.com', 'roles/alloydb.databaseUser');
  await assert.rejects(connectPg({ user: 'stranger@local.iam' }, { ...session, token: stranger }), {
    code: '28000',
    message: 'role "stranger@local.iam" does not exist',
  });
  const barred = await emulator.createIamUser('barred@local.iam.gserviceaccount.com');
  emulator.revokeRole('barred@local.iam.gserviceaccount.com', 'roles/alloydb.databaseUser');
  const barredToken = emulator.mintToken('barred@local.iam.gserviceaccount.com');
  await assert.rejects(connectPg({ user: barred }, { ...session, token: barredToken }), { code: '28000' });
});

test('the password of an IAM user is nobody else’s to know', async () => {
  await assert.rejects(connectPg({ user: 'app@local.iam', password: '' }), /password/);
  await assert.rejects(connectPg({ user: 'app@local.iam', password: token }), { code: '28P01' });
});

test('the exchange checks its token for DB_NATIVE as well', async () => {
  const certificate = await requestCertificate(emulator, { token });
  const refused = async (bad: string): Promise<string> =>
    openSession(emulator, { token: bad, authType: DB_NATIVE, certificate }).then(
      () => 'admitted',
      (error: Error) => error.message,
    );
  const invalid = 'Request had invalid authentication credentials.';
  assert.equal(await refused('ya29.unknown'), invalid);
  assert.equal(await refused(''), invalid);
  assert.equal(await refused(emulator.mintToken(ACCOUNT, { expiresInSeconds: -1 })), invalid);
  assert.equal(await refused(emulator.mintToken(ACCOUNT, { scopes: ['openid'] })), 'Request had insufficient scopes.');
  emulator.revokeRole('poor@example.com', 'roles/alloydb.client');
  assert.match(await refused(emulator.mintToken('poor@example.com')), /^Caller does not have required permission/);
});

test('a certificate without metadata exchange gets PostgreSQL straight after TLS', async () => {
  const certificate = await requestCertificate(emulator, { token, useMetadataExchange: false });
  const loggedIn = async (user: string, password: string): Promise<unknown> => {
    const stream = await dial(firstInstance(emulator), certificate);
    const connect = (): void => void setImmediate(() => stream.emit('connect'));
    const client = new Client({
      user,
      password,
      database: 'postgres',
      stream: () => Object.assign(stream, { connect }),
    });
    await client.connect();
    return queryValue(client, 'SELECT current_user');
  };
  const { user, password } = emulator.superuser;
  assert.equal(await loggedIn(user, password), user);
  assert.equal(await loggedIn('app@local.iam', token), 'app@local.iam');
  await assert.rejects(loggedIn('app@local.iam', 'ya29.unknown'), { code: '28000' });
});

test('bytes behind the exchange belong to PostgreSQL, also in the same record or split anywhere', async () => {
  const certificate = await requestCertificate(emulator, { token });
  const startup = startupMessage({ user: 'app@local.iam', database: 'postgres' });
  const bytes = Buffer.concat([exchangeRequest(AUTO_IAM, token), startup]);
  for (const step of [bytes.length, 1, 7]) {
    const socket = await dial(firstInstance(emulator), certificate);
    socket.setNoDelay(true);
    for (let at = 0; at < bytes.length; at += step) socket.write(bytes.subarray(at, at + step));
    assert.equal((await readExactly(socket, 6, never)).toString('hex'), '000000020801');
    assert.equal((await readMessage(socket, never)).type, 'R');
    socket.destroy();
  }
});

test('AUTO_IAM answers N to requests for encryption, as there is TLS around already', async () => {
  const socket = await openSession(emulator, { token, authType: AUTO_IAM });
  for (const request of ['0000000804d2162f', '0000000804d21630']) {
    socket.write(Buffer.from(request, 'hex'));
    assert.equal((await readExactly(socket, 1, never)).toString(), 'N');
  }
  socket.write(startupMessage({ user: 'app@local.iam', database: 'postgres' }));
  assert.equal((await readMessage(socket, never)).type, 'R');
  socket.destroy();
});

test('a cancel request reaches PostgreSQL through either kind of login', async () => {
  for (const authType of [DB_NATIVE, AUTO_IAM]) {
    const client = await connectPg({ user: 'app@local.iam' }, { authType: AUTO_IAM });
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const sleeping = client.query('SELECT pg_sleep(60)');
    const over = new AbortController();
    const running = assert.rejects(sleeping, { code: '57014' }).finally(() => over.abort());
    const cancel = Buffer.alloc(16);
    [16, 80_877_102, processID, secretKey].forEach((value, i) => cancel.writeInt32BE(value, i * 4));
    // PostgreSQL ignores one that arrives before the query.
    do {
      const socket = await openSession(emulator, { token, authType });
      socket.write(cancel);
      assert.equal((await readToEnd(socket)).length, 0);
    } while (!over.signal.aborted);
    await running;
    await client.end();
  }
});

test('a client that has ended its side still gets the whole answer', async () => {
  const socket = await openSession(emulator, { token, authType: AUTO_IAM });
  socket.write(startupMessage({ user: 'app@local.iam', database: 'postgres' }));
  while ((await readMessage(socket, never)).type !== 'Z');
  socket.end(message('Q', Buffer.from(`SELECT pg_sleep(0.1), repeat('x', 3000000)\0`)));
  const answer = await readToEnd(socket);
  assert.ok(answer.length > 3_000_000);
  assert.equal(answer.subarray(-6).toString('latin1'), 'Z\0\0\0\u0005I');
});

test('64 sessions at once, each with a large answer, get every byte', async () => {
  const certificate = await requestCertificate(emulator, { token });
  const expected = createHash('md5').update('x'.repeat(500_000)).digest('hex');
  const sessions = Array.from({ length: 64 }, async () => {
    const client = await connectPg({ user: 'app@local.iam' }, { authType: AUTO_IAM, certificate });
    const text = await queryValue(client, `SELECT repeat('x', 500000)`);
    return createHash('md5').update(String(text)).digest('hex');
  });
  assert.deepEqual(new Set(await Promise.all(sessions)), new Set([expected]));
});

test('Emulator.statistics counts a connection as authorized once it is let through to PostgreSQL', async () => {
  const { uri } = firstInstance(emulator);
  const { authorized } = emulator.statistics().connections[uri] ?? assert.fail();
  const client = await connectPg({ user: 'app@local.iam' }, { authType: AUTO_IAM });
  assert.equal(emulator.statistics().connections[uri]?.authorized, authorized + 1);
  await client.end();
});

test('two emulators run side by side on addresses of their own, which their certificates name', async () => {
  const names = { pscDnsName: 'x.psc.test', pscAutoDnsName: 'y.psc.test.' };
  await using other = await startEmulator({
    instances: [{ uri: firstInstance(emulator).uri, publicIp: true, ...names }],
  });
  const { address, publicAddress } = firstInstance(other);
  const addresses = [firstInstance(emulator).address, address, publicAddress];
  if (process.platform !== 'darwin') assert.equal(new Set(addresses).size, 3);
  const certificate = await requestCertificate(other, { token: other.mintToken(ACCOUNT) });
  const socket = await dial(firstInstance(other), certificate);
  assert.equal(
    socket.getPeerX509Certificate()?.subjectAltName,
    `IP Address:${address}, IP Address:${publicAddress}, DNS:x.psc.test, DNS:y.psc.test`,
  );
  socket.destroy();
  // Neither knows the other's tokens.
  await assert.rejects(requestCertificate(other, { token }), /401/);
  await other.close();
  assert.throws(() => other.mintToken(ACCOUNT), { code: 'CLOSED' });
  await assert.rejects(stat(other.postgres.folder ?? ''), { code: 'ENOENT' });
});
