// The Admin API client against a real HTTP server in this process.

import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ManualClock, settle } from '../../test/manual-clock.ts';
import { staticToken } from '../credentials/static-token.ts';
import { nodeHttpClient } from '../http/http-client.ts';
import { AdminApiError } from './api-error.ts';
import { AdminApiClient, type AdminApiOptions } from './client.ts';

const instance = { project: 'google.com:p', region: 'r', cluster: 'c', instance: 'i' };
const cluster = 'projects/google.com:p/locations/r/clusters/c';
const never = new AbortController().signal;

interface Seen {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function api(
  ...answers: readonly (readonly [status: number, body: unknown, headers?: Record<string, string>])[]
) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      const [status, answer, headers] = answers[Math.min(seen.length, answers.length) - 1] ?? [500, ''];
      response.writeHead(status, headers).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = new ManualClock();
  const options: AdminApiOptions = {
    endpoint,
    userAgent: 'test/1',
    tokens: staticToken('abc'),
    http: nodeHttpClient,
    clock,
    random: () => 1,
    certificateDurationMs: 3_600_000,
    quotaProject: () => undefined,
    principal: () => undefined,
  };
  const client = new AdminApiClient(options);
  const clientWith = (more: Partial<AdminApiOptions>) => new AdminApiClient({ ...options, ...more });
  return { seen, client, clientWith, clock, [Symbol.asyncDispose]: async () => void server.close() };
}

test('AdminApiClient.connectionInfo sends the documented request and reads every address', async () => {
  await using server = await api([
    200,
    { ipAddress: '10.0.0.5', publicIpAddress: '34.1.2.3', pscDnsName: 'x.alloydb-psc.goog.', instanceUid: 'u' },
  ]);
  const { addresses } = await server.client.connectionInfo(instance, never);
  assert.deepEqual(addresses, { PRIVATE: '10.0.0.5', PUBLIC: '34.1.2.3', PSC: 'x.alloydb-psc.goog' });
  const [{ line, headers } = assert.fail()] = server.seen;
  assert.equal(line, `GET /v1alpha/${cluster}/instances/i/connectionInfo`);
  assert.equal(headers.authorization, 'Bearer abc');
  assert.equal(headers['user-agent'], 'test/1');
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['x-goog-request-params'], `parent=${encodeURIComponent(`${cluster}/instances/i`)}`);
  assert.match(headers['x-goog-api-client'] as string, /^gl-node\//);
});

test('AdminApiClient.connectionInfo reads snake case and leaves out absent addresses', async () => {
  await using server = await api([200, { ip_address: '10.0.0.5', public_ip_address: '' }]);
  assert.deepEqual((await server.client.connectionInfo(instance, never)).addresses, { PRIVATE: '10.0.0.5' });
});

test('AdminApiClient.generateClientCertificate asks for an hour with metadata exchange', async () => {
  await using server = await api([200, { pemCertificateChain: ['leaf', 'intermediate', 'root'], caCert: 'root' }]);
  const reply = await server.client.generateClientCertificate(instance, 'PEM', never);
  assert.deepEqual(reply, { chain: ['leaf', 'intermediate', 'root'], caCert: 'root' });
  const [{ line, body } = assert.fail()] = server.seen;
  assert.equal(line, `POST /v1alpha/${cluster}:generateClientCertificate`);
  assert.deepEqual(JSON.parse(body), {
    parent: cluster,
    publicKey: 'PEM',
    certDuration: '3600s',
    useMetadataExchange: true,
  });
});

test('AdminApiClient turns an error answer into a typed error with its ErrorInfo', async () => {
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: 'IAM_PERMISSION_DENIED',
    domain: 'iam.googleapis.com',
    metadata: { permission: 'alloydb.instances.connect', resource: 'projects/p' },
  };
  const message = "Permission 'alloydb.instances.connect' denied on 'projects/p'";
  await using server = await api([
    403,
    { error: { code: 403, message, status: 'PERMISSION_DENIED', details: [info] } },
  ]);
  await assert.rejects(server.client.connectionInfo(instance, never), (error) => {
    assert.ok(error instanceof AdminApiError);
    assert.equal(error.code, 'ADMIN_API_PERMISSION_DENIED');
    assert.equal(error.body.reason, 'IAM_PERMISSION_DENIED');
    assert.equal(error.body.metadata['permission'], 'alloydb.instances.connect');
    assert.ok(error.message.includes(message) && error.message.includes(`${cluster}/instances/i`));
    return true;
  });
  assert.equal(server.seen.length, 1);
});

test('AdminApiClient reads a status from answers that are not JSON', async () => {
  await using server = await api([404, '<html>not here</html>']);
  await assert.rejects(server.client.connectionInfo(instance, never), { code: 'ADMIN_API_NOT_FOUND' });
});

test('AdminApiClient repeats a call while the API is unavailable, with growing delays', async () => {
  await using server = await api([503, ''], [503, ''], [200, { ipAddress: '10.0.0.5' }]);
  const reply = server.client.connectionInfo(instance, never);
  for (const delay of [1_000, 1_300]) {
    while (server.clock.pending.length === 0) await settle();
    assert.deepEqual(server.clock.pending, [delay]);
    await server.clock.advance(delay);
  }
  assert.deepEqual((await reply).addresses, { PRIVATE: '10.0.0.5' });
});

test('AdminApiClient refuses an answer that is not the one expected', async () => {
  await using server = await api([200, 'hello'], [200, { pemCertificateChain: [] }]);
  await assert.rejects(server.client.connectionInfo(instance, never), { code: 'ADMIN_API_BAD_REPLY' });
  await assert.rejects(server.client.generateClientCertificate(instance, 'PEM', never), {
    code: 'ADMIN_API_BAD_REPLY',
  });
});

test('AdminApiClient ends a call with the reason of the signal that was aborted', async () => {
  await using server = await api([200, {}]);
  const controller = new AbortController();
  const call = server.client.connectionInfo(instance, controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(call, /^Error: enough$/);
});

test('AdminApiClient names the endpoint that cannot be reached', async () => {
  const server = await api([200, {}]);
  await server[Symbol.asyncDispose]();
  await assert.rejects(server.client.connectionInfo(instance, never), {
    code: 'ADMIN_API_UNREACHABLE',
    message: /Cannot reach the Admin API at http:\/\/127\.0\.0\.1:\d+ .*connection refused/,
  });
});

/** A source that gives the next token when one was dropped. */
function renewable(...values: readonly string[]) {
  let at = 0;
  return {
    dropped: new Array<string>(),
    tokens: { token: async () => ({ value: values[at] ?? assert.fail('no more tokens'), expiresAt: undefined }) },
    drop(token: string): void {
      this.dropped.push(token);
      at = Math.min(at + 1, values.length - 1);
    },
  };
}

test('AdminApiClient drops a token that the API refuses and calls once more with another', async () => {
  await using server = await api([401, ''], [200, { ipAddress: '10.0.0.5' }]);
  const source = renewable('first', 'second', 'third');
  const client = server.clientWith({ tokens: source.tokens, dropToken: (token) => source.drop(token) });
  assert.deepEqual((await client.connectionInfo(instance, never)).addresses, { PRIVATE: '10.0.0.5' });
  const sent = server.seen.map(({ headers }) => headers.authorization);
  assert.deepEqual([sent, source.dropped], [['Bearer first', 'Bearer second'], ['first']]);
});

test('AdminApiClient gives up when a second token is refused, or when there is no other', async () => {
  for (const [values, calls] of [
    [['first', 'second', 'third'], 2],
    [['only'], 1],
  ] as const) {
    await using server = await api([401, '']);
    const source = renewable(...values);
    const client = server.clientWith({ tokens: source.tokens, dropToken: (token) => source.drop(token) });
    await assert.rejects(client.connectionInfo(instance, never), { code: 'ADMIN_API_UNAUTHENTICATED' });
    assert.deepEqual([server.seen.length, source.dropped], [calls, values.slice(0, calls)]);
  }
});

test('AdminApiClient keeps its token out of the error of an API that repeats it', async () => {
  await using server = await api([403, { error: { code: 403, message: 'no: Bearer secret-token', status: 'X' } }]);
  const client = server.clientWith({ tokens: staticToken('secret-token') });
  await assert.rejects(client.connectionInfo(instance, never), (error) => {
    assert.doesNotMatch(inspect(error, { depth: 9 }), /secret-token/);
    return /no: Bearer \[token\]/.test(inspect(error));
  });
});
