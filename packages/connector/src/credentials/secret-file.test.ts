// Files with secrets: who can read them, and what is said when nobody can.

import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import { scratchFolder } from '../../test/scratch-folder.ts';
import { readSecretFile } from './secret-file.ts';

function read(path: string) {
  const warnings: (string | undefined)[][] = [];
  const onWarning = (...warning: (string | undefined)[]): void => void warnings.push(warning);
  return { text: readSecretFile(path, { kind: 'token file', onWarning }), warnings };
}

test('readSecretFile warns of a mode that lets others read, with the command that mends it', () => {
  if (process.platform === 'win32') return;
  using folder = scratchFolder();
  for (const [name, mode, fix] of [
    ['plain', 0o644, (path: string) => `chmod 600 ${path}`],
    ["it's", 0o640, (path: string) => `chmod 600 '${path.replace("'", "'\\''")}'`],
  ] as const) {
    const path = folder.write(name, 'token');
    chmodSync(path, mode);
    const { text, warnings } = read(path);
    assert.equal(text, 'token');
    const message = `The token file "${path}" has mode 0${mode.toString(8)}: other users of this machine can read it`;
    assert.deepEqual(warnings, [[message, fix(path)]]);
  }
});

test('readSecretFile is silent about a file of its owner alone', () => {
  using folder = scratchFolder();
  assert.deepEqual(read(folder.write('plain', 'token')), { text: 'token', warnings: [] });
});

test('readSecretFile names a file that is not there and the reason', () => {
  using folder = scratchFolder();
  assert.throws(() => read(`${folder.path}/missing`), {
    code: 'CREDENTIALS_INVALID',
    message: /Cannot read the token file ".*missing": no such file or directory$/,
  });
});
