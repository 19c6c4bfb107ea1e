// Tests SCRAM-SHA-256 against the example of RFC 7677; the real server's opinion is in local-postgres.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScramClient } from './scram.ts';

// RFC 7677 section 3, with the empty user name that PostgreSQL wants: so the proof differs, and is checked by the server's.
const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_FIRST = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';

test('ScramClient sends no channel binding and keeps the nonce', async () => {
  const client = new ScramClient('pencil', NONCE);
  assert.equal(client.start(), `n,,n=,r=${NONCE}`);
  assert.match(
    await client.answer(SERVER_FIRST),
    /^c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj\)hNlF\$k0,p=.{44}$/,
  );
});

test('ScramClient refuses a nonce that does not continue its own', async () => {
  for (const nonce of ['other', NONCE]) {
    const client = new ScramClient('pencil', NONCE);
    await assert.rejects(client.answer(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`), { name: 'ScramError' });
  }
});

test('ScramClient refuses a server that does not know the password', async () => {
  const client = new ScramClient('pencil', NONCE);
  assert.throws(() => client.finish('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='), { name: 'ScramError' });
  await client.answer(SERVER_FIRST);
  for (const final of ['v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', 'v=', 'e=other-error']) {
    assert.throws(() => client.finish(final), { name: 'ScramError' });
  }
});
