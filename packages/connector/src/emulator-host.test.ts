// ALLOYDB_EMULATOR_HOST: where everything goes with it, and what is kept from going there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onlyTo, readEmulatorHost, requireEmulatorToken } from './emulator-host.ts';
import { direct } from './dial/route.ts';
import { ConnectorError } from './errors.ts';
import { endpointOf } from './google-apis/endpoints.ts';
import { resolveOptions } from './options.ts';

const ofHost = (host: string, allowRemote = false) =>
  readEmulatorHost({ env: { ALLOYDB_EMULATOR_HOST: host }, allowRemote });
const emulator = { host: '127.0.0.1:8443', endpoint: 'http://127.0.0.1:8443' };

test('readEmulatorHost takes HOST:PORT of this machine, and nothing when the variable is empty', () => {
  assert.equal(readEmulatorHost({ env: {} }), undefined);
  assert.equal(ofHost(''), undefined);
  assert.deepEqual(ofHost('127.0.0.1:8443'), emulator);
  assert.deepEqual(ofHost('localhost:80'), { host: 'localhost', endpoint: 'http://localhost' });
  assert.deepEqual(ofHost('[::1]:9000'), { host: '[::1]:9000', endpoint: 'http://[::1]:9000' });
});

test('readEmulatorHost refuses what is no HOST:PORT', () => {
  for (const bad of [
    'localhost',
    'http://127.0.0.1:1',
    '127.0.0.1:99999',
    'a b:1',
    'user@127.0.0.1:1',
    '127.0.0.1:1/x',
  ]) {
    assert.throws(() => ofHost(bad), { code: 'INVALID_OPTION', message: /is not HOST:PORT/ }, bad);
  }
});

test('readEmulatorHost takes another machine only when that was allowed', () => {
  for (const host of ['alloydb.googleapis.com:443', '10.0.0.1:80', '127.0.0.1.example.com:80']) {
    assert.throws(() => ofHost(host), { code: 'INVALID_OPTION', hint: /--allow-remote-emulator/ }, host);
    assert.equal(ofHost(host, true)?.endpoint, `http://${host}`.replace(/:80$/, ''));
  }
});

test('onlyTo lets nothing but requests to the emulator pass', () => {
  const routeFor = onlyTo(emulator, () => direct);
  assert.equal(routeFor(new URL('http://127.0.0.1:8443/token')), direct);
  for (const url of ['https://oauth2.googleapis.com/token', 'https://127.0.0.1:8443/token', 'http://127.0.0.1:8444/']) {
    assert.throws(() => routeFor(new URL(url)), { code: 'CREDENTIALS_INVALID' }, url);
  }
});

test('requireEmulatorToken refuses a token that the emulator has not made, without quoting it', () => {
  requireEmulatorToken(emulator, 'ya29.emulator-abc');
  const refusal = (() => {
    try {
      requireEmulatorToken(emulator, 'ya29.a-real-one');
      return undefined;
    } catch (error) {
      return error;
    }
  })();
  assert.ok(refusal instanceof ConnectorError);
  assert.equal(refusal.code, 'CREDENTIALS_INVALID');
  assert.ok(!`${refusal.message} ${refusal.hint}`.includes('a-real-one'));
});

test('endpointOf follows the emulator, then the overrides of gcloud, then the universe', () => {
  const env = { CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: 'http://localhost:1/' };
  const options = { universeDomain: 'example.goog', env, emulator: undefined };
  assert.equal(endpointOf('iam', options), 'http://localhost:1');
  assert.equal(endpointOf('serviceusage', options), 'https://serviceusage.example.goog');
  assert.equal(endpointOf('iam', { ...options, emulator }), emulator.endpoint);
});

test('ALLOYDB_EMULATOR_HOST keeps a key of Google from being used, and a ready token from being sent', async () => {
  const env = { ALLOYDB_EMULATOR_HOST: '127.0.0.1:8443' };
  const user = { type: 'authorized_user', client_id: 'a', client_secret: 'b', refresh_token: 'c' };
  const { signal } = new AbortController();
  for (const credentials of [
    { kind: 'json', json: JSON.stringify(user) },
    { kind: 'token', token: 'ya29.a-real-one' },
  ] as const) {
    const resolved = resolveOptions({ credentials, env });
    assert.equal(resolved.adminApiEndpoint, 'http://127.0.0.1:8443');
    await assert.rejects(resolved.credentials.api.token('scope', signal), {
      code: 'CREDENTIALS_INVALID',
      hint: /unset ALLOYDB_EMULATOR_HOST/,
    });
  }
  const given = { credentials: { kind: 'adc' }, loginToken: 'ya29.a-real-one', env } as const;
  assert.throws(() => resolveOptions(given), { code: 'CREDENTIALS_INVALID' });
});
