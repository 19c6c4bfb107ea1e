// The metadata server, played by a server in this process.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, type Asked, answeringServer } from '../../test/answering-server.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { type HttpClient, nodeHttpClient } from '../http/http-client.ts';
import { metadataServer } from './metadata-server.ts';

const never = new AbortController().signal;
const clock = new ManualClock();
const headers = { 'Metadata-Flavor': 'Google' };
const email = 'vm@p.iam.gserviceaccount.com';

function google({ path, headers: asked }: Asked): Answer {
  if (asked['metadata-flavor'] !== 'Google') return { status: 403 };
  if (path.endsWith('/email')) return { headers, body: email };
  return { headers, body: { access_token: 'vm-token', expires_in: 1800 } };
}

function source(host: string, http: HttpClient = nodeHttpClient) {
  return metadataServer({ http, clock, env: { GCE_METADATA_HOST: host } });
}

test('metadataServer asks GCE_METADATA_HOST for the scope and knows its principal then', async () => {
  await using server = await answeringServer(google);
  const identity = source(server.host);
  assert.equal(identity.principal(), undefined);
  const token = await identity.tokens.token('https://s/a', never);
  assert.deepEqual(token, { value: 'vm-token', expiresAt: clock.now() + 1_800_000 });
  assert.equal(identity.principal(), email);
  await identity.tokens.token('https://s/b', never);
  const base = '/computeMetadata/v1/instance/service-accounts/default';
  assert.deepEqual(
    server.asked.map(({ path }) => path),
    [`${base}/email`, `${base}/token?scopes=https%3A%2F%2Fs%2Fa`, `${base}/token?scopes=https%3A%2F%2Fs%2Fb`],
  );
});

test('metadataServer tells the project of the machine, where it has one', async () => {
  await using server = await answeringServer(({ path }) =>
    path.endsWith('/project/project-id') ? { headers, body: 'p\n' } : { status: 404 },
  );
  assert.equal(await source(server.host).project?.(never), 'p');
  await using silent = await answeringServer(() => ({ status: 404 }));
  assert.equal(await source(silent.host).project?.(never), undefined);
});

test('metadataServer reports that nothing was found where the server is another cloud’s, or none', async () => {
  await using other = await answeringServer(() => ({ body: email }));
  const gone = await answeringServer(google);
  await gone[Symbol.asyncDispose]();
  for (const [host, reason] of [
    [other.host, /is no metadata server of Google$/],
    [gone.host, /connection refused$/],
  ] as const) {
    await assert.rejects(source(host).tokens.token('s', never), {
      code: 'CREDENTIALS_NOT_FOUND',
      message: reason,
      hint: /gcloud auth application-default login/,
    });
  }
});

test('metadataServer waits no longer than three seconds to find that there is none', async () => {
  const limits: number[] = [];
  const http: HttpClient = async ({ timeoutMs }) => {
    limits.push(timeoutMs);
    throw new Error('no answer within 3 s');
  };
  await assert.rejects(source('169.254.169.254', http).tokens.token('s', never), { code: 'CREDENTIALS_NOT_FOUND' });
  assert.deepEqual(limits, [3_000]);
});

test('metadataServer looks again after it found nothing', async () => {
  await using server = await answeringServer((asked, earlier) =>
    earlier === 0 ? { status: 503, headers } : google(asked),
  );
  const { tokens } = source(server.host);
  await assert.rejects(tokens.token('s', never), { code: 'TOKEN_REQUEST_FAILED', message: /HTTP status 503$/ });
  assert.equal((await tokens.token('s', never)).value, 'vm-token');
});

test('metadataServer tells a machine without a service account from one that is not of Google', async () => {
  await using server = await answeringServer(() => ({ status: 404, headers }));
  await assert.rejects(source(server.host).tokens.token('s', never), /this machine has no service account$/);
});
