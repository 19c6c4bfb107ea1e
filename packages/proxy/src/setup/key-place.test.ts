// Where a key can be put, with the permissions that folders have.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exchangeKey, putKey } from './key-place.ts';

/** Root may read everything: such a test goes on as another user. */
function asUserOf(folder: string): Disposable {
  const own = process.geteuid?.();
  if (own !== 0) return { [Symbol.dispose]: () => undefined };
  const nobody = 65_534;
  for (const name of readdirSync(folder)) chownSync(join(folder, name), nobody, nobody);
  chownSync(folder, nobody, nobody);
  process.setegid?.(nobody);
  process.seteuid?.(nobody);
  return {
    [Symbol.dispose]() {
      process.seteuid?.(0);
      process.setegid?.(0);
    },
  };
}

test('A key is put and exchanged in a folder that may be written to and not be read', {
  skip: process.platform === 'win32' && 'Windows has no such modes',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'alloydb-key-place-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'key.json');
  writeFileSync(path, 'old');
  chmodSync(folder, 0o300);
  {
    using _ = asUserOf(folder);
    await exchangeKey(path, 'new');
    await putKey(join(folder, 'other.json'), 'other', { replace: false });
  }
  chmodSync(folder, 0o700);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.deepEqual(readdirSync(folder), ['key.json', 'other.json']);
});
