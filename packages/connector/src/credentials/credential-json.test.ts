// Credential JSON: refused at once when it cannot be used, without quoting what is in it.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { ManualClock } from '../../test/manual-clock.ts';
import { nodeHttpClient } from '../http/http-client.ts';
import { credentialJson } from './credential-json.ts';
import { staticToken } from './static-token.ts';

const seams = {
  http: nodeHttpClient,
  clock: new ManualClock(),
  env: {},
  universeDomain: 'googleapis.com',
  closed: new AbortController().signal,
};
const secret = 'top-secret-marker';
const user = { type: 'authorized_user', client_id: 'id', client_secret: secret, refresh_token: secret };
const external = {
  type: 'external_account',
  audience: 'a',
  subject_token_type: 'jwt',
  client_secret: secret,
  credential_source: { file: '/x' },
};

test('credentialJson says what is wrong and quotes none of it', () => {
  for (const [json, message] of [
    ['', /is no JSON object$/],
    [secret, /is no JSON object$/],
    [`"${secret}"`, /is no JSON object$/],
    [`{"private_key":"${secret}",}`, /is no JSON object$/],
    [`["${secret}"]`, /is no JSON object$/],
    [`{"a":"${secret}"}`, /has no "type"$/],
    [`{"type":"${secret}"}`, /its "type" is none of service_account, authorized_user/],
    ['{"type":"constructor"}', /its "type" is none of/],
    [{ ...user, client_id: '' }, /user credentials in "a\.json": "client_id" is missing$/],
    [{ ...user, token_uri: secret }, /"token_uri" is not a URL$/],
    [{ ...user, token_uri: `file:///${secret}` }, /"token_uri" is not a URL$/],
    [{ type: 'service_account', client_email: 'e', private_key: secret }, /not a private key in PEM form$/],
    [{ ...user, type: 'external_account_authorized_user', client_secret: undefined }, /"client_secret" is missing$/],
    [{ type: 'impersonated_service_account', source_credentials: user }, /"service_account_impersonation_url" is miss/],
    [{ ...external, audience: undefined }, /"audience" is missing$/],
    [{ ...external, credential_source: { format: secret } }, /it names no file, url, executable/],
    [
      { ...external, credential_source: { file: '/x', format: { type: secret } } },
      /"format" is not one that is known$/,
    ],
    [{ ...external, credential_source: { executable: { command: secret } } }, /ALLOW_EXECUTABLES is not 1$/],
  ] as const) {
    const text = typeof json === 'string' ? json : JSON.stringify(json);
    assert.throws(
      () => credentialJson(text, '"a.json"', seams),
      (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), new RegExp(secret));
        return 'code' in error && error.code === 'CREDENTIALS_INVALID';
      },
      String(message),
    );
  }
});

test('credentialJson names the place of a mistake in credentials inside of others', () => {
  const json = {
    type: 'impersonated_service_account',
    service_account_impersonation_url: 'https://h/v1/projects/-/serviceAccounts/t@p:generateAccessToken',
    source_credentials: { ...user, refresh_token: '' },
  };
  assert.throws(() => credentialJson(JSON.stringify(json), '"a.json"', seams), {
    message: 'Cannot use the user credentials in the source credentials of "a.json": "refresh_token" is missing',
  });
});

test('staticToken refuses what could not stand in a header, without showing it', () => {
  for (const value of ['', 'top secret', 'top-secret\n']) {
    assert.throws(
      () => staticToken(value),
      (error) => error instanceof Error && !error.message.includes('top'),
    );
  }
});
