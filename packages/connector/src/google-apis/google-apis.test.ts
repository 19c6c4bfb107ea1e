// Calls to Google's APIs, against a server that notes what it was asked.

import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { GoogleApis } from './google-apis.ts';

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function api(answer: (asked: Asked) => Answer) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await request.toArray()).join('');
      const { method, url, headers } = request;
      const one = { method, url, headers, body };
      asked.push(one);
      const { status, body: text } = answer(one);
      response.writeHead(status, { date: 'Tue, 24 Nov 2026 10:00:00 GMT' }).end(text);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: endpoint, CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: endpoint };
  const apis = new GoogleApis({ credentials: { kind: 'token', token: 'secret-token' }, env, quotaProject: 'q' });
  return {
    asked,
    apis,
    endpoint,
    async [Symbol.asyncDispose]() {
      apis.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const { signal } = new AbortController();

test('GoogleApis sends token, quota project, query and body, and gives back the answer with the time of the server', async () => {
  await using setting = await api(() => ({ status: 200, body: '{"email":"a@b"}' }));
  const answer = await setting.apis.call({
    service: 'iam',
    method: 'POST',
    path: 'v1/projects/example.com:p/serviceAccounts/a@b/keys',
    query: { pageSize: '1' },
    body: { keyAlgorithm: 'KEY_ALG_RSA_2048' },
    signal,
  });
  assert.deepEqual(answer, { is: 'ok', value: { email: 'a@b' }, date: Date.UTC(2026, 10, 24, 10) });
  const [asked] = setting.asked;
  assert.equal(asked?.method, 'POST');
  assert.equal(asked?.url, '/v1/projects/example.com:p/serviceAccounts/a@b/keys?pageSize=1');
  assert.equal(asked?.headers.authorization, 'Bearer secret-token');
  assert.equal(asked?.headers['x-goog-user-project'], 'q');
  assert.equal(asked?.body, '{"keyAlgorithm":"KEY_ALG_RSA_2048"}');
});

test('GoogleApis gives back a refusal as a value, without the token that a server may repeat', async () => {
  const error = { code: 403, status: 'PERMISSION_DENIED', message: 'not for Bearer secret-token' };
  await using setting = await api(() => ({ status: 403, body: JSON.stringify({ error }) }));
  const answer = await setting.apis.call({ service: 'iam', path: 'v1/x', signal });
  assert.ok(answer.is === 'refused');
  assert.equal(answer.error.status, 'PERMISSION_DENIED');
  assert.equal(answer.error.message, 'not for Bearer [token]');
});

test('GoogleApis rejects for an answer that is no JSON object, and where nobody answers', async () => {
  await using setting = await api(() => ({ status: 200, body: '<html>' }));
  const call = { service: 'serviceusage', path: 'v1/x', signal } as const;
  await assert.rejects(setting.apis.call(call), { code: 'ADMIN_API_BAD_REPLY' });
  using nowhere = new GoogleApis({
    credentials: { kind: 'token', token: 't' },
    env: { CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: 'http://127.0.0.1:1' },
  });
  await assert.rejects(nowhere.call(call), {
    code: 'ADMIN_API_UNREACHABLE',
    message: /127\.0\.0\.1:1: connection refused/,
  });
});

test('GoogleApis accepts an empty answer as an empty object', async () => {
  await using setting = await api(() => ({ status: 200, body: '' }));
  const answer = await setting.apis.call({ service: 'iam', method: 'DELETE', path: 'v1/x', signal });
  assert.deepEqual(answer.is === 'ok' && answer.value, {});
});
