// Which known word a misspelt one leads to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest } from './suggest.ts';

const WORDS = ['port', 'psc', 'public-ip', 'unix-socket', 'credentials-file'];

const CASES: readonly (readonly [word: string, found: string | undefined])[] = [
  ['prot', 'port'],
  ['ports', 'port'],
  ['publicip', 'public-ip'],
  ['PUBLIC_IP', 'public-ip'],
  ['unix', 'unix-socket'],
  ['credentials', 'credentials-file'],
  ['credential_file', 'credentials-file'],
  ['p', undefined],
  ['', undefined],
  ['nothing-like-it', undefined],
];

for (const [word, found] of CASES) {
  test(`closest leads from "${word}" to ${found ?? 'nothing'}`, () => {
    assert.equal(closest(word, WORDS), found);
  });
}
