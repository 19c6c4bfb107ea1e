// What may be quoted of another program's words.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quotable } from './quotable.ts';

const token = '1//0gAbCdEfGhIjKlMnOp';

test('quotable gives one line of words that hold no secret', () => {
  assert.equal(
    quotable(' Token has been\n\texpired\u0000 or revoked. ', [token]),
    'Token has been expired or revoked.',
  );
  assert.equal(quotable('x'.repeat(400), [token]), `${'x'.repeat(300)}…`);
  assert.equal(quotable('a word', ['']), 'a word');
});

test('quotable gives nothing of words that hold a secret, a part of one, or one in form encoding', () => {
  for (const text of [
    `got ${token}`,
    `got ${token.slice(0, 9)}… instead`,
    `got …${token.slice(-8)}`,
    `refresh_token=${encodeURIComponent(token)}`,
  ]) {
    assert.equal(quotable(text, ['other', token]), undefined, text);
  }
  assert.equal(quotable('password is abc', ['abc']), undefined);
  assert.equal(quotable('-----BEGIN KEY----- MIIE', ['-----BEGIN KEY-----\nMIIE']), undefined);
});

test('quotable gives nothing of nothing', () => {
  assert.equal(quotable(' \n ', [token]), undefined);
});
