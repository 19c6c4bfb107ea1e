// Logins of people against a real token endpoint in this process.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answeringServer } from '../../test/answering-server.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { nodeHttpClient } from '../http/http-client.ts';
import { authorizedUser } from './authorized-user.ts';
import { workforceUser } from './workforce-user.ts';

const clock = new ManualClock();
const seams = { http: nodeHttpClient, clock, universeDomain: 'googleapis.com' };
const never = new AbortController().signal;
const json = { client_id: 'id', client_secret: 'secret-of-client', refresh_token: '1//refresh-token' };

test('authorizedUser exchanges the refresh token at the token_uri of the file, and asks for no scope', async () => {
  await using server = await answeringServer(() => ({ body: { access_token: 'at', expires_in: '3599' } }));
  const file = { ...json, token_uri: `${server.origin}/t`, account: 'me@example.com', quota_project_id: 'q' };
  const user = authorizedUser(file, '"adc.json"', seams);
  const { value, expiresAt } = await user.tokens.token('scope', never);
  assert.deepEqual([value, expiresAt], ['at', clock.now() + 3_599_000]);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(server.asked[0]?.body)), {
    ...json,
    grant_type: 'refresh_token',
  });
  assert.deepEqual([user.principal(), user.quotaProject, user.choosesScope], ['me@example.com', 'q', false]);
});

test('authorizedUser names the command that renews an expired login', async () => {
  await using server = await answeringServer(() => ({
    status: 400,
    body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
  }));
  const user = authorizedUser({ ...json, token_uri: server.origin }, '"adc.json"', seams);
  await assert.rejects(user.tokens.token('scope', never), {
    code: 'TOKEN_REQUEST_REFUSED',
    message: /the user of "adc\.json": 127\.0\.0\.1:\d+ answered: Token has been expired or revoked\.$/,
    hint: /gcloud auth application-default login$/,
  });
});

test('workforceUser names its client in a header and goes on with the refresh token that it is given', async () => {
  await using server = await answeringServer((_, earlier) => ({
    body: { access_token: `at-${earlier}`, expires_in: 3600, refresh_token: 'next+token' },
  }));
  const user = workforceUser({ ...json, client_id: 'a:b', token_url: server.origin }, '"adc.json"', seams);
  await user.tokens.token('scope', never);
  await user.tokens.token('scope', never);
  const [first, second] = server.asked;
  assert.equal(first?.headers.authorization, `Basic ${btoa('a%3Ab:secret-of-client')}`);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(first?.body)), {
    grant_type: 'refresh_token',
    refresh_token: '1//refresh-token',
  });
  assert.equal(new URLSearchParams(second?.body).get('refresh_token'), 'next+token');
});
