// Service account keys against a real token endpoint in this process.

import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import { answeringServer } from '../../test/answering-server.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { nodeHttpClient } from '../http/http-client.ts';
import { serviceAccountKey } from './service-account-key.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const email = 'proxy@p.iam.gserviceaccount.com';
const never = new AbortController().signal;

/** A token endpoint that answers what it is told and remembers the form. */
async function tokenEndpoint(status: number, body: string) {
  const server = await answeringServer(() => ({ status, body }));
  return {
    url: `${server.origin}/token`,
    form: () => new URLSearchParams(server.asked.at(-1)?.body),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function source(tokenUri: string, clock = new ManualClock()) {
  const json = {
    type: 'service_account',
    client_email: email,
    private_key: pem,
    private_key_id: 'k1',
    token_uri: tokenUri,
  };
  return serviceAccountKey(json, '"key.json"', { http: nodeHttpClient, clock }).tokens;
}

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

test('serviceAccountKey exchanges a signed assertion at the token_uri of the key', async () => {
  await using endpoint = await tokenEndpoint(200, '{"access_token":"t","expires_in":3599,"token_type":"Bearer"}');
  const clock = new ManualClock();
  const token = await source(endpoint.url, clock).token('scope-a', never);
  assert.equal(token.value, 't');
  assert.equal(token.expiresAt, clock.now() + 3_599_000);
  const form = endpoint.form();
  assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer');
  const [header = '', claims = '', signature = ''] = form.get('assertion')?.split('.') ?? [];
  assert.deepEqual(decode(header), { alg: 'RS256', typ: 'JWT', kid: 'k1' });
  const iat = clock.now() / 1000;
  assert.deepEqual(decode(claims), { iss: email, scope: 'scope-a', aud: endpoint.url, iat, exp: iat + 3600 });
  assert.ok(verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url')));
});

test('serviceAccountKey reports the words of an endpoint that refuses, and no secret', async () => {
  await using endpoint = await tokenEndpoint(
    400,
    '{"error":"invalid_grant","error_description":"Invalid JWT Signature."}',
  );
  await assert.rejects(source(endpoint.url).token('s', never), (error) => {
    assert.ok(error instanceof Error);
    assert.match(error.message, /proxy@p.*Invalid JWT Signature\./);
    assert.doesNotMatch(error.message, /ey[A-Za-z0-9]|PRIVATE/);
    return 'code' in error && error.code === 'TOKEN_REQUEST_REFUSED';
  });
});

test('serviceAccountKey tells an endpoint that fails, or answers nonsense, from one that refuses', async () => {
  for (const [status, body] of [
    [500, 'oops'],
    [200, '<html>'],
    [200, '{}'],
  ] as const) {
    await using endpoint = await tokenEndpoint(status, body);
    await assert.rejects(source(endpoint.url).token('s', never), { code: 'TOKEN_REQUEST_FAILED' });
  }
});

test('serviceAccountKey names the host that cannot be reached', async () => {
  const endpoint = await tokenEndpoint(200, '');
  await endpoint[Symbol.asyncDispose]();
  await assert.rejects(source(endpoint.url).token('s', never), /127\.0\.0\.1:\d+: connection refused/);
});

test('serviceAccountKey says what a key lacks and quotes none of it', () => {
  const good = { type: 'service_account', client_email: email, private_key: pem };
  const seams = { http: nodeHttpClient, clock: new ManualClock() };
  for (const [change, message] of [
    [{ client_email: undefined }, /"key\.json": "client_email" is missing/],
    [{ private_key: '' }, /"private_key" is missing/],
    [
      { private_key: '-----BEGIN PRIVATE KEY-----\nsecretstuff\n-----END PRIVATE KEY-----' },
      /not a private key in PEM form$/,
    ],
    [{ token_uri: 'nonsense' }, /"token_uri" is not a URL/],
  ] as const) {
    assert.throws(() => serviceAccountKey({ ...good, ...change }, '"key.json"', seams), {
      code: 'CREDENTIALS_INVALID',
      message,
    });
  }
});
