// The lines at start, to the letter: scripts wait for them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CredentialsOption } from 'alloydb-connector';
import { configOf } from '../../test/proxy-config.ts';
import { startLines } from './start-lines.ts';

const sources: readonly (readonly [CredentialsOption, string])[] = [
  [{ kind: 'adc' }, 'Application Default Credentials'],
  [{ kind: 'file', path: '/key.json' }, 'the credentials file at "/key.json"'],
  [{ kind: 'json', json: '{"private_key":"secret"}' }, 'JSON credentials environment variable'],
  [{ kind: 'token', token: 'secret' }, 'OAuth2 token'],
  [{ kind: 'token-file', path: '/token' }, 'the OAuth2 token in "/token"'],
  [{ kind: 'token-command', command: 'print secret' }, 'the OAuth2 token of a command'],
  [{ kind: 'gcloud' }, 'gcloud user credentials'],
];

test('startLines names the credentials and quotes no secret', () => {
  const config = configOf();
  const credentials = { ...config.credentials, loginToken: undefined };
  for (const [source, words] of sources) {
    assert.deepEqual(startLines({ ...config, credentials: { ...credentials, source } }), [`Authorizing with ${words}`]);
    const impersonate = { target: 'a@p', delegates: [] };
    assert.deepEqual(startLines({ ...config, credentials: { ...credentials, source, impersonate } }), [
      `Impersonating service account with ${words}`,
    ]);
  }
});

test('startLines says whether a login token is used, and where the API is', () => {
  assert.deepEqual(startLines(configOf('--token=a', '--login-token=b', '--auto-iam-authn')), [
    'Authorizing with OAuth2 token',
    'Authenticating IAM database logins with the login token',
  ]);
  assert.deepEqual(
    startLines(configOf('--token=a', '--login-token=b', '--alloydbadmin-api-endpoint=http://127.0.0.1:1')),
    [
      'Authorizing with OAuth2 token',
      'Ignoring --login-token: no instance uses --auto-iam-authn',
      'Using API Endpoint http://127.0.0.1:1',
    ],
  );
});
