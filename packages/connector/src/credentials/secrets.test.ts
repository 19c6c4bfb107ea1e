// No secret gets out: every kind of input with a marker in it, every way to fail, and nothing of the marker in the error.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { type Answer, type Asked, answeringServer } from '../../test/answering-server.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { scratchFolder } from '../../test/scratch-folder.ts';
import { nodeHttpClient } from '../http/http-client.ts';
import { createCredentials, type CredentialsOption, type CredentialsOptions } from './credentials.ts';

const marker = 'MARKERsecretMARKER';
const never = new AbortController().signal;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Everything that a log could show of an attempt that has to fail. */
async function outputOf(credentials: CredentialsOption, more: Partial<CredentialsOptions> = {}): Promise<string> {
  const warnings: unknown[] = [];
  const onWarning = (...warning: unknown[]): void => void warnings.push(warning);
  const common = { env: process.env, http: nodeHttpClient, clock: new ManualClock(), onWarning };
  try {
    const created = createCredentials({ credentials, ...common, ...more });
    const { value } = await created.api.token('scope', never);
    return assert.fail(`a token was given: ${value}`);
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'ConnectorError', inspect(error));
    return inspect([error, error.message, 'hint' in error && error.hint, warnings], { depth: 20, showHidden: true });
  }
}

function assertHidden(output: string, secrets: readonly string[] = []): void {
  for (const secret of [marker, ...secrets]) assert.ok(!output.includes(secret), `"${secret}" is in ${output}`);
}

/** What a careless server might answer: the request, in each place that a client looks at. */
const echoes: readonly ((asked: Asked) => Answer)[] = [
  ({ body, headers }) => ({
    status: 400,
    body: { error: body, error_description: `${headers.authorization} ${body}` },
  }),
  ({ body }) => ({ status: 400, body: { error: 'invalid_grant', error_description: decodeURIComponent(body) } }),
  ({ body, headers }) => ({
    status: 403,
    body: { error: { message: `${headers.authorization} ${body}`, status: 'X' } },
  }),
  ({ body }) => ({ status: 500, body }),
  ({ body }) => ({ status: 200, body: `${body}{` }),
  ({ body, headers }) => ({ status: 302, body, headers: { location: `http://x/?${headers.authorization}` } }),
  ({ body }) => ({ status: 200, body: { token: body, error: body } }),
];

const user = { type: 'authorized_user', client_id: 'id', client_secret: marker, refresh_token: `1//${marker}` };

function external(tokenUrl: string, source: object) {
  return {
    type: 'external_account',
    audience: 'a',
    subject_token_type: 'jwt',
    client_id: 'id',
    client_secret: marker,
    token_url: tokenUrl,
    credential_source: source,
  };
}

test('createCredentials hides what it sent from a token endpoint that repeats it', async () => {
  using folder = scratchFolder();
  const file = folder.write('subject', marker);
  for (const echo of echoes) {
    const assertions: string[] = [];
    await using server = await answeringServer((asked) => {
      assertions.push(...(new URLSearchParams(asked.body).get('assertion')?.split('.') ?? []));
      return echo(asked);
    });
    const url = server.origin;
    for (const json of [
      { ...user, token_uri: url },
      { ...user, type: 'external_account_authorized_user', token_url: url },
      { type: 'service_account', client_email: 'sa', private_key: pem, token_uri: url },
      external(url, { file }),
      external('http://127.0.0.1:1', { url, headers: { secret: marker } }),
    ]) {
      const output = await outputOf({ kind: 'json', json: JSON.stringify(json) });
      assertHidden(output, assertions);
      assertHidden(output, [btoa(`id:${marker}`)]);
    }
  }
});

test('createCredentials hides the base token from an IAM Credentials endpoint that repeats it', async () => {
  for (const echo of echoes) {
    await using server = await answeringServer(echo);
    const impersonate = { target: 'sa@p', delegates: [] };
    const more = { impersonate, iamCredentialsEndpoint: server.origin };
    assertHidden(await outputOf({ kind: 'token', token: marker }, more));
  }
});

test('createCredentials hides what it sent from a server that answers with no HTTP at all', async () => {
  const server = createServer((socket) => {
    // Resets are what this server is for.
    socket.on('error', () => undefined);
    socket.once('data', (data) => socket.end(data));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hex = Buffer.from(marker)
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ');
  try {
    const impersonated = { impersonate: { target: 'sa@p', delegates: [] }, iamCredentialsEndpoint: url };
    assertHidden(await outputOf({ kind: 'token', token: marker }, impersonated), [hex, 'rawPacket']);
    const json = JSON.stringify({ ...user, token_uri: url });
    assertHidden(await outputOf({ kind: 'json', json }), [hex, 'rawPacket']);
  } finally {
    server.close();
  }
});

test('createCredentials hides keys and tokens that are malformed', async () => {
  using folder = scratchFolder();
  const key = { type: 'service_account', client_email: 'sa', token_uri: 'https://t.test' };
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  for (const content of [
    marker,
    `{"type":"service_account","private_key":"${marker}"`,
    `{"type":"${marker}"}`,
    { ...key, private_key: marker },
    { ...key, private_key: `-----BEGIN PRIVATE KEY-----\n${marker}\n-----END PRIVATE KEY-----\n` },
    { ...key, private_key: pem.replace('MII', marker) },
    { ...key, private_key: pem, token_uri: `no url ${marker}` },
    { ...user, token_uri: `https://${marker}:x@` },
    { ...user, client_id: { marker } },
  ]) {
    const path = folder.write('bad.json', content, 0o644);
    assertHidden(await outputOf({ kind: 'file', path }));
    const json = typeof content === 'string' ? content : JSON.stringify(content);
    assertHidden(await outputOf({ kind: 'json', json }));
  }
  const unusable = { ...key, private_key: elliptic.export({ type: 'pkcs8', format: 'pem' }).toString() };
  const output = await outputOf({ kind: 'json', json: JSON.stringify(unusable) });
  assertHidden(output, unusable.private_key.split('\n').slice(1, 3));
  assertHidden(await outputOf({ kind: 'token', token: `${marker} ` }));
  assertHidden(await outputOf({ kind: 'token-file', path: folder.write('token', `${marker} ${marker}`) }));
});

test('createCredentials hides what token commands print, on whichever stream', async () => {
  for (const command of [
    `echo ${marker}; exit 1`,
    `echo ${marker}; echo '+ echo ${marker}' >&2; exit 1`,
    `echo '{"access_token":"${marker}"' ; exit 0`,
    `echo '{"token":"${marker} ${marker}"}'; echo '${marker.slice(0, 12)}' >&2`,
    `printf '%s\\n' ${marker} second`,
    `echo ${marker}; kill -9 $$`,
    // No process can be started with these two.
    `echo ${marker}\0`,
    `echo ${marker} ${'x'.repeat(4 * 1024 * 1024)}`,
  ]) {
    assertHidden(await outputOf({ kind: 'token-command', command }));
  }
});

test('createCredentials hides what gcloud and executables print', { skip: process.platform === 'win32' }, async () => {
  using folder = scratchFolder();
  const script = `#!/bin/sh\necho '{"credential":{"access_token":"${marker}"},"id_token":"${marker}"'\necho ${marker} >&2\nexit 1\n`;
  const command = folder.write('gcloud', script, 0o700);
  const env = { PATH: `${folder.path}:${process.env['PATH']}`, GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1' };
  assertHidden(await outputOf({ kind: 'gcloud' }, { env }));
  const json = JSON.stringify(external('http://127.0.0.1:1', { executable: { command } }));
  assertHidden(await outputOf({ kind: 'json', json }, { env }));
});

test('Credentials do not show their secrets when they are inspected', () => {
  const seams = { env: {}, http: nodeHttpClient, clock: new ManualClock(), onWarning: () => undefined };
  const json = JSON.stringify({ ...user, token_uri: 'https://t.test' });
  for (const credentials of [{ kind: 'token', token: marker } as const, { kind: 'json', json } as const]) {
    const created = createCredentials({ credentials, loginToken: marker, ...seams });
    assertHidden(inspect(created, { depth: 20, showHidden: true }));
    assert.ok(!JSON.stringify(created).includes(marker));
  }
});
