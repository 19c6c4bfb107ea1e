// Impersonation against a real IAM Credentials endpoint in this process.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, answeringServer } from '../../test/answering-server.ts';
import { nodeHttpClient } from '../http/http-client.ts';
import { generateAccessToken, targetOf } from './generate-access-token.ts';

const never = new AbortController().signal;
const path = '/v1/projects/-/serviceAccounts/target@p.iam.gserviceaccount.com:generateAccessToken';
const granted: Answer = { body: { accessToken: 'impersonated', expireTime: '2026-01-01T01:00:00Z' } };

/** Gives a new token whenever the one before was dropped. */
function baseTokens() {
  const scopes: string[] = [];
  let serial = 1;
  return {
    scopes,
    token: async (scope: string) => {
      scopes.push(scope);
      return { value: `base-token-${serial}`, expiresAt: undefined };
    },
    drop: () => void (serial += 1),
  };
}

function source(origin: string, options: { delegates?: readonly string[]; lifetimeSeconds?: number } = {}) {
  const base = baseTokens();
  const tokens = generateAccessToken({ url: new URL(origin + path), base, http: nodeHttpClient, ...options });
  return { base, tokens };
}

test('generateAccessToken asks with a cloud-platform token for the scope, through the delegates', async () => {
  await using server = await answeringServer(() => granted);
  const { base, tokens } = source(server.origin, { delegates: ['d2@p', 'projects/-/serviceAccounts/d1@p'] });
  const token = await tokens.token('login-scope', never);
  assert.deepEqual(token, { value: 'impersonated', expiresAt: Date.UTC(2026, 0, 1, 1) });
  assert.deepEqual(base.scopes, ['https://www.googleapis.com/auth/cloud-platform']);
  const [asked] = server.asked;
  assert.deepEqual([asked?.method, asked?.path], ['POST', path]);
  assert.equal(asked?.headers.authorization, 'Bearer base-token-1');
  assert.deepEqual(JSON.parse(asked?.body ?? ''), {
    delegates: ['projects/-/serviceAccounts/d2@p', 'projects/-/serviceAccounts/d1@p'],
    scope: ['login-scope'],
    lifetime: '3600s',
  });
});

test('generateAccessToken drops a base token that is refused and asks once more', async () => {
  await using server = await answeringServer((_, earlier) => (earlier === 0 ? { status: 401 } : granted));
  assert.equal((await source(server.origin).tokens.token('s', never)).value, 'impersonated');
  assert.deepEqual(
    server.asked.map(({ headers }) => headers.authorization),
    ['Bearer base-token-1', 'Bearer base-token-2'],
  );
});

test('generateAccessToken names the role that is missing, the API that is off, the account that is not there', async () => {
  const disabled = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED' };
  for (const [status, details, hint] of [
    [403, [], /add-iam-policy-binding target@p\.iam.* --role=roles\/iam\.serviceAccountTokenCreator$/],
    [403, [disabled], /gcloud services enable iamcredentials\.googleapis\.com$/],
    [404, [], /gcloud iam service-accounts list$/],
  ] as const) {
    const body = { error: { code: status, message: 'No.', status: 'X', details } };
    await using server = await answeringServer(() => ({ status, body }));
    await assert.rejects(source(server.origin).tokens.token('s', never), {
      code: 'TOKEN_REQUEST_REFUSED',
      message: /Cannot impersonate target@p\.iam\.gserviceaccount\.com: 127\.0\.0\.1:\d+ answered: No\.$/,
      hint,
    });
  }
});

test('generateAccessToken does not repeat what a server says of the token it was asked with', async () => {
  const message = 'no such token: base-token-1';
  await using server = await answeringServer(() => ({ status: 400, body: { error: { message } } }));
  await assert.rejects(source(server.origin).tokens.token('s', never), /answered: HTTP status 400 without a token$/);
});

test('generateAccessToken tells an endpoint that fails from one that refuses', async () => {
  for (const answer of [{ status: 503 }, { body: '<html>' }, { body: {} }]) {
    await using server = await answeringServer(() => answer);
    await assert.rejects(source(server.origin).tokens.token('s', never), { code: 'TOKEN_REQUEST_FAILED' });
  }
  const server = await answeringServer(() => granted);
  await server[Symbol.asyncDispose]();
  await assert.rejects(source(server.origin).tokens.token('s', never), /no answer from .*: connection refused$/);
});

test('targetOf reads the service account in a URL', () => {
  assert.equal(targetOf(new URL('https://h/v1/projects/-/serviceAccounts/a%40b:generateAccessToken')), 'a@b');
  assert.equal(targetOf(new URL('https://h/v1/else')), undefined);
});
