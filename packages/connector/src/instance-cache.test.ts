// The connection info of instances, from a real API over HTTP and on a clock that the test moves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiError, type ConnectorRig, isCertificateRequest, startConnectorRig } from '../test/connector-rig.ts';
import { ManualClock, settle } from '../test/manual-clock.ts';
import { AdminApiClient } from './admin-api/client.ts';
import { nodeHttpClient } from './http/http-client.ts';
import { InstanceCache } from './instance-cache.ts';
import { resolveRefreshOptions, type RefreshOptions } from './refresh/options.ts';

const instance = { project: 'p', region: 'r', cluster: 'c', instance: 'i' };
const other = { ...instance, cluster: 'granted' };
const never = new AbortController().signal;

const random = (): number => 0.5;
const credentialGeneration = (): number => 0;

function setUp({ api: { origin } }: ConnectorRig, options: RefreshOptions = {}) {
  const clock = new ManualClock(Date.now());
  const refresh = resolveRefreshOptions(options);
  const api = new AdminApiClient({
    endpoint: origin,
    userAgent: 'test/1',
    certificateDurationMs: refresh.certificateDurationMs,
    quotaProject: () => undefined,
    principal: () => undefined,
    tokens: { token: async () => ({ value: 'token', expiresAt: undefined }) },
    http: nodeHttpClient,
    clock,
    random,
  });
  return {
    clock,
    cache: new InstanceCache({ api, refresh, staticInfo: undefined, clock, random, credentialGeneration }),
  };
}

test('InstanceCache.of gives the same cache for the same instance, and one key for all', async () => {
  await using rig = await startConnectorRig();
  const { cache } = setUp(rig);
  assert.equal(cache.of(instance), cache.of({ ...instance }));
  const infos = await Promise.all([instance, other].map((one) => cache.of(one).connectionInfo(never)));
  assert.deepEqual(
    infos.map(({ addresses }) => addresses),
    [{ PRIVATE: '10.0.0.5' }, { PRIVATE: '10.0.0.5' }],
  );
  const keys = rig.api.asked.filter(isCertificateRequest).map(({ body }) => JSON.parse(body).publicKey as unknown);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  cache.close();
});

test('InstanceCache asks for no certificate any more once the instance was not found', async () => {
  const waiting = Promise.withResolvers<void>();
  await using rig = await startConnectorRig({
    api: async (asked) => {
      if (asked.path.includes(other.cluster)) return undefined;
      if (isCertificateRequest(asked)) return apiError(503, 'UNAVAILABLE');
      await waiting.promise;
      return apiError(404, 'NOT_FOUND');
    },
  });
  const { cache, clock } = setUp(rig);
  await makeKey(cache);
  const before = clock.pending.length;
  const failed = assert.rejects(cache.of(instance).connectionInfo(never), { code: 'ADMIN_API_NOT_FOUND' });
  while (clock.pending.length === before) await settle();
  waiting.resolve();
  await failed;
  await settle();
  assert.equal(clock.pending.length, before, 'nobody waits for another attempt');
  assert.equal(rig.certificates(), 2);
  cache.close();
  await clock.advance(600_000);
  assert.equal(rig.certificates(), 2);
});

test('InstanceCache stops repeating calls when it is closed', async () => {
  await using rig = await startConnectorRig({
    api: ({ path }) => (path.includes(other.cluster) ? undefined : apiError(503, 'UNAVAILABLE')),
  });
  const { cache, clock } = setUp(rig);
  await makeKey(cache);
  const before = clock.pending.length;
  const failed = assert.rejects(cache.of(instance).connectionInfo(never), { code: 'CONNECTOR_CLOSED' });
  // Both calls wait for their next attempt.
  while (clock.pending.length < before + 2) await settle();
  cache.close();
  cache.close();
  await failed;
  assert.deepEqual(clock.pending, []);
  assert.equal(rig.api.asked.length, 4);
});

test('InstanceCache says that a certificate of the API cannot be used', async () => {
  await using rig = await startConnectorRig({
    api: (asked) =>
      isCertificateRequest(asked) ? { body: { pemCertificateChain: ['no certificate'], caCert: 'none' } } : undefined,
  });
  const { cache } = setUp(rig, { strategy: 'lazy' });
  await assert.rejects(cache.of(instance).connectionInfo(never), {
    code: 'ADMIN_API_BAD_REPLY',
    message: /^Cannot use the client certificate that the Admin API made for "projects\/p\//,
  });
  cache.close();
});

/** Making the key takes its time, in which the calls would not run side by side. */
async function makeKey(cache: InstanceCache): Promise<void> {
  await cache.of(other).connectionInfo(never);
}
