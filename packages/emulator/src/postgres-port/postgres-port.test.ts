// Tests whom the PostgreSQL port of an instance lets in, and what it says to the others.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { Emulator } from '../emulator.ts';
import { cString, int32, message, parseServerError, readMessage, startupMessage } from '../postgres/messages.ts';
import { readExactly } from '../read-exactly.ts';
import { listen, stopListening } from '../server-proxy/loopback-address.ts';
import { startEmulator } from '../start-emulator.ts';
import { firstInstance, openSession } from '../testing/emulator-client.ts';

const INSTANCE = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
const OWNER = 'owner@example.com';
const never = new AbortController().signal;
const log: string[] = [];
let emulator: Emulator;

before(async () => {
  emulator = await startEmulator({
    instances: [{ uri: INSTANCE, publicIp: true }],
    defaultRoles: [],
    log: (line) => log.push(line),
  });
  emulator.grantRole(OWNER, 'roles/alloydb.admin');
});
beforeEach(() => {
  emulator.setConnectionRule({ instance: INSTANCE, requireConnectors: false, sslMode: 'ENCRYPTED_ONLY' });
});
after(async () => emulator.close());

interface Client {
  readonly tls?: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number;
}

async function open({ tls = true, host, port }: Client): Promise<Socket> {
  const { address, postgresPort } = firstInstance(emulator);
  const socket = connect({ host: host ?? address, port: port ?? postgresPort });
  if (!tls) return socket;
  socket.write(Buffer.concat([int32(8), int32(80_877_103)]));
  assert.equal((await readExactly(socket, 1, never)).toString(), 'S');
  const ca = emulator.caCertificate(INSTANCE);
  const secure = connectTls({ socket, ca, host: host ?? address });
  await once(secure, 'secureConnect');
  return secure;
}

/** What PostgreSQL or the emulator in its place answers: the letter of the first message, or the error's text. */
async function answerTo(client: Client): Promise<string> {
  const socket = await open(client);
  try {
    socket.write(startupMessage({ user: client.user ?? 'postgres', database: 'postgres' }));
    let reply = await readMessage(socket, never);
    if (reply.type === 'R' && client.password !== undefined) {
      socket.write(message('p', cString(client.password)));
      reply = await readMessage(socket, never);
    }
    if (reply.type !== 'E') return reply.type === 'R' ? `R${reply.body.readInt32BE(0)}` : reply.type;
    const { sqlState, message: text } = parseServerError(reply.body);
    return `${sqlState} ${text}`;
  } finally {
    socket.destroy();
  }
}

const SASL = 'R10';

interface Answer {
  readonly name: string;
  readonly done: boolean;
  readonly response: { readonly clientConnectionConfig: unknown };
  readonly error: {
    readonly message: string;
    readonly details: readonly { readonly fieldViolations: readonly { readonly field: string }[] }[];
  };
}

async function changeRule(order: unknown): Promise<number> {
  const body = JSON.stringify(order);
  const { status } = await fetch(`${emulator.apiEndpoint}/connection-rule`, { method: 'POST', body });
  return status;
}

interface Patched {
  readonly status: number;
  readonly body: Answer;
}

async function patch(body: unknown, mask = ''): Promise<Patched> {
  const response = await fetch(`${emulator.apiEndpoint}/v1/${INSTANCE}?updateMask=${mask}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${emulator.mintToken(OWNER)}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

/** Patches, and asks for the operation until it is done. */
async function operate(body: unknown, mask: string): Promise<Answer> {
  let { body: operation } = await patch(body, mask);
  while (!operation.done) {
    const response = await fetch(`${emulator.apiEndpoint}/v1/${operation.name}`, {
      headers: { authorization: `Bearer ${emulator.mintToken(OWNER)}` },
    });
    operation = (await response.json()) as Answer;
  }
  return operation;
}

test('PostgresPort speaks TLS with a certificate that the cluster’s root verifies, at the private and the public address', async () => {
  assert.equal(await answerTo({}), SASL);
  const { publicAddress = '', publicPostgresPort = 0 } = firstInstance(emulator);
  assert.equal(await answerTo({ host: publicAddress, port: publicPostgresPort }), SASL);
});

test('PostgresPort lets a client without TLS in only where the SSL mode allows it', async () => {
  assert.equal(
    await answerTo({ tls: false }),
    '28000 no pg_hba.conf entry for host "127.0.0.1", user "postgres", database "postgres", no encryption',
  );
  emulator.setConnectionRule({ instance: INSTANCE, sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' });
  assert.equal(await answerTo({ tls: false }), SASL);
  assert.equal(await answerTo({}), SASL);
});

test('PostgresPort refuses everybody while connectors are required, and the server-side proxy goes on', async () => {
  const account = 'app@local.iam.gserviceaccount.com';
  await emulator.createIamUser(account);
  emulator.setConnectionRule({ instance: INSTANCE, requireConnectors: true });
  assert.match(await answerTo({}), /^28000 no pg_hba\.conf entry for host .*, SSL encryption$/);
  (await openSession(emulator, { token: emulator.mintToken(account) })).destroy();
});

test('PostgresPort takes an access token as the password of an IAM user, who needs no role but the one to log in', async () => {
  const account = 'direct@local.iam.gserviceaccount.com';
  const user = await emulator.createIamUser(account, { grantRoles: false });
  const password = emulator.mintToken(account);
  assert.match(await answerTo({ user, password }), /^28000 AlloyDB IAM user authentication failed for user "direct@/);
  emulator.grantRole(account, 'roles/alloydb.databaseUser');
  assert.equal(await answerTo({ user, password }), 'R0');
  assert.match(await answerTo({ user, password: 'wrong' }), /^28000 Request had invalid authentication credentials\.$/);
  const other = emulator.mintToken('other@local.iam.gserviceaccount.com');
  assert.match(await answerTo({ user, password: other }), /^28000 IAM principal does not match database user\.$/);
});

/** A session of an IAM user, ready for a query, with the key that cancels it. */
async function openReadySession(): Promise<{ readonly socket: Socket; readonly key: Buffer }> {
  const account = 'session@local.iam.gserviceaccount.com';
  const user = await emulator.createIamUser(account);
  const socket = await open({});
  socket.write(startupMessage({ user, database: 'postgres' }));
  await readMessage(socket, never);
  socket.write(message('p', cString(emulator.mintToken(account))));
  let key: Buffer = Buffer.alloc(0);
  for (;;) {
    const { type, body } = await readMessage(socket, never);
    if (type === 'K') key = body;
    if (type === 'Z') return { socket, key };
  }
}

test('PostgresPort takes a cancellation without TLS, whatever the instance asks of sessions', async () => {
  const { socket, key } = await openReadySession();
  emulator.setConnectionRule({ instance: INSTANCE, requireConnectors: true });
  socket.write(message('Q', cString('select pg_sleep(600)')));
  const answer = readMessage(socket, never);
  // The first cancellation may come before the query has begun.
  do {
    const canceller = await open({ tls: false });
    canceller.write(Buffer.concat([int32(8 + key.length), int32(80_877_102), key]));
    canceller.resume();
    await once(canceller, 'close');
  } while ((await Promise.race([answer, Promise.resolve(undefined)])) === undefined);
  const messages = [await answer, await readMessage(socket, never)];
  const error = messages.find(({ type }) => type === 'E') ?? assert.fail('no error');
  assert.equal(parseServerError(error.body).sqlState, '57014');
  socket.destroy();
});

test('Emulator.breakConnections breaks sessions at the PostgreSQL port as well', async () => {
  for (const how of ['reset', 'close'] as const) {
    const { socket } = await openReadySession();
    const end = new Promise<string>((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
      socket.once('end', () => resolve('end'));
    });
    socket.resume();
    assert.equal(emulator.breakConnections({ how }), 1);
    assert.equal(await end, how === 'reset' ? 'ECONNRESET' : 'end');
    socket.destroy();
  }
});

test('a PATCH of the instance changes what its PostgreSQL port asks', async () => {
  const { response } = await operate(
    { clientConnectionConfig: { require_connectors: true } },
    'clientConnectionConfig.requireConnectors',
  );
  const sslConfig = { sslMode: 'ENCRYPTED_ONLY' };
  assert.deepEqual(response.clientConnectionConfig, { requireConnectors: true, sslConfig });
  assert.match(await answerTo({}), /^28000/);

  // What the mask names and the body lacks goes back to its default.
  await operate(
    { clientConnectionConfig: { sslConfig: { sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' } } },
    'client_connection_config',
  );
  assert.equal(await answerTo({ tls: false }), SASL);
});

test('a PATCH is refused with its reason when it names other fields or wrong values', async () => {
  const displayName = await patch({ displayName: 'other' });
  assert.equal(displayName.status, 501);
  assert.match(displayName.body.error.message, /not "displayName"/);
  const strange = await patch({ clientConnectionConfig: { sslConfig: { sslMode: 'NONE' } } });
  assert.equal(strange.body.error.details[0]?.fieldViolations[0]?.field, 'clientConnectionConfig.sslConfig.sslMode');
});

test('the control API changes the rule of an instance, and refuses what is none', async () => {
  assert.equal(await changeRule({ instance: INSTANCE, requireConnectors: true }), 200);
  assert.match(await answerTo({}), /^28000/);
  assert.equal(await changeRule({ instance: INSTANCE, sslMode: 'NONE' }), 400);
  assert.equal(await changeRule({ instance: `${INSTANCE}x`, requireConnectors: true }), 400);
});

test('PostgresPort shows a certificate of the new authority when it was rotated', async () => {
  await emulator.rotateCa(INSTANCE);
  assert.equal(await answerTo({}), SASL);
});

test('PostgresPort is closed while its instance is stopped', async () => {
  const { address, postgresPort } = firstInstance(emulator);
  await emulator.setInstanceState({ instance: INSTANCE, state: 'STOPPED' });
  await assert.rejects(once(connect(postgresPort, address), 'connect'), { code: 'ECONNREFUSED' });
  await emulator.setInstanceState({ instance: INSTANCE, state: 'READY' });
  assert.equal(await answerTo({}), SASL);
});

test('PostgresPort ends clients that speak nonsense, before and in TLS, and serves the next', async () => {
  for (const nonsense of [
    'GET / HTTP/1.1\r\n\r\n',
    Buffer.concat([int32(8), int32(80_877_103), Buffer.from('x'.repeat(64))]),
  ]) {
    const { address, postgresPort } = firstInstance(emulator);
    const socket = connect(postgresPort, address).on('error', () => {});
    socket.write(nonsense);
    socket.resume();
    await once(socket, 'close');
  }
  assert.equal(await answerTo({}), SASL);
});

test('PostgresPort takes a free port, and says so, where the one that was asked for is taken', {
  skip: process.platform === 'darwin',
}, async () => {
  const probe = createServer();
  const { port } = await listen(probe, { host: '127.0.0.1', port: 0 });
  await stopListening(probe);
  const told: string[] = [];
  await using other = await startEmulator({
    // Its own server-side proxy has it.
    serverProxyPort: port,
    postgresPort: port,
    postgres: { databaseUrl: databaseUrl() },
    log: (line) => told.push(line),
  });
  const { address, postgresPort } = firstInstance(other);
  assert.notEqual(postgresPort, port);
  assert.match(
    told.join('\n'),
    new RegExp(`port ${port} of ${address} is taken; its PostgreSQL port is ${postgresPort}`),
  );
});

function databaseUrl(): string {
  const { host, port, user, password } = emulator.postgres;
  return `postgresql://${user}:${password}@${host}:${port}/postgres`;
}
