// Tests the verification of JWT bearer assertions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Policy } from '../iam/policy.ts';
import { ServiceAccountKeys } from '../iam/service-account-keys.ts';
import { ServiceAccounts } from '../iam/service-accounts.ts';
import { Projects } from '../projects.ts';
import { signJwt } from '../testing/emulator-client.ts';
import { verifyAssertion } from './jwt-bearer.ts';

const EMAIL = 'app@local.iam.gserviceaccount.com';
const NOW_SECONDS = 1_900_000_000;
const clock = { now: () => NOW_SECONDS * 1000 };
const keys = new ServiceAccountKeys(clock);
const accounts = new ServiceAccounts({ projects: new Projects(), policy: new Policy([]), keys });
const account = { ...accounts.create(EMAIL, {}), apiEndpoint: 'http://127.0.0.1:1' };
const key = await keys.mint(account);
const otherKey = await new ServiceAccountKeys(clock).mint(account);
const verifier = { keys, accounts, clock, audience: key.token_uri };
const claims = { iss: EMAIL, aud: key.token_uri, scope: 'a b', iat: NOW_SECONDS, exp: NOW_SECONDS + 3600 };

test('verifyAssertion reads principal and scopes from a good assertion', () => {
  assert.deepEqual(verifyAssertion(signJwt(key, claims), verifier), { principal: EMAIL, scopes: ['a', 'b'] });
});

test('verifyAssertion takes the audience of Google, whose place the emulator is in', () => {
  const jwt = signJwt(key, { ...claims, aud: 'https://oauth2.googleapis.com/token' });
  assert.equal(verifyAssertion(jwt, verifier).principal, EMAIL);
});

const CASES = [
  ['another audience', { ...claims, aud: 'https://accounts.example.com/token' }, /^Invalid JWT: Failed audience check/],
  ['an end in the past', { ...claims, iat: NOW_SECONDS - 3600, exp: NOW_SECONDS }, /reasonable timeframe/],
  ['a start in the future', { ...claims, iat: NOW_SECONDS + 600, exp: NOW_SECONDS + 900 }, /reasonable timeframe/],
  ['a life beyond one hour', { ...claims, exp: NOW_SECONDS + 3601 }, /reasonable timeframe/],
  ['no times', { ...claims, iat: undefined, exp: undefined }, /reasonable timeframe/],
  ['an unknown account', { ...claims, iss: 'x@local.iam.gserviceaccount.com' }, /^Invalid grant: account not found/],
] as const;

for (const [what, wrongClaims, description] of CASES) {
  test(`verifyAssertion refuses ${what}`, () => {
    const refusal = { code: 'invalid_grant', httpStatus: 400, message: description };
    assert.throws(() => verifyAssertion(signJwt(key, wrongClaims), verifier), refusal);
  });
}

test('verifyAssertion refuses a signature of another key, also under a known key ID', () => {
  const refusal = { code: 'invalid_grant', message: 'Invalid JWT Signature.' };
  assert.throws(() => verifyAssertion(signJwt(otherKey, claims), verifier), refusal);
  assert.throws(() => verifyAssertion(signJwt(otherKey, claims, { kid: key.private_key_id }), verifier), refusal);
});

test('verifyAssertion refuses claims changed after signing', () => {
  const [head, , signature] = signJwt(key, claims).split('.');
  const changed = Buffer.from(JSON.stringify({ ...claims, scope: 'more' })).toString('base64url');
  assert.throws(() => verifyAssertion(`${head}.${changed}.${signature}`, verifier), {
    message: 'Invalid JWT Signature.',
  });
});

test('verifyAssertion never lets the header choose the algorithm', () => {
  for (const alg of ['none', 'HS256', undefined]) {
    assert.throws(() => verifyAssertion(signJwt(key, claims, { alg }), verifier), {
      message: 'Invalid JWT Signature.',
    });
  }
});

test('verifyAssertion refuses what is no JWT', () => {
  for (const text of ['', 'a.b', 'a.b.c', 'e30.e30.e30.e30', 'bnVsbA.bnVsbA.']) {
    assert.throws(() => verifyAssertion(text, verifier), { code: 'invalid_grant' });
  }
});

test('verifyAssertion refuses an assertion without scopes or for another subject', () => {
  assert.throws(() => verifyAssertion(signJwt(key, { ...claims, scope: ' ' }), verifier), { code: 'invalid_scope' });
  const forOther = signJwt(key, { ...claims, sub: 'somebody@example.com' });
  assert.throws(() => verifyAssertion(forOther, verifier), { code: 'unauthorized_client', httpStatus: 401 });
});
