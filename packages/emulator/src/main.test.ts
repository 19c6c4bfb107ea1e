// Tests the program as a process: what it prints, and that it stops without a trace.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'main-test-'));
});
after(async () => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function runMain(
  args: readonly string[],
  onReady?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString();
    if (out.includes('Ctrl-C')) onReady?.((signal) => child.kill(signal));
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

test('alloydb-emulator tells how to use it and leaves nothing behind at SIGTERM', async () => {
  const keyFile = join(folder, 'key.json');
  let mode = 0;
  const { code, out } = await runMain(['--key-file', keyFile, '--iam-user', 'ann@example.com'], (kill) => {
    void stat(keyFile)
      .then((found) => (mode = found.mode & 0o777))
      .finally(() => kill('SIGTERM'));
  });
  assert.equal(code, 0);
  assert.equal(mode, 0o600);
  assert.match(
    out,
    /alloydb-auth-proxy --alloydbadmin-api-endpoint http:\/\/127\.0\.0\.1:\d+ --credentials-file \S+key\.json projects\//,
  );
  assert.match(out, /^ {2}export ALLOYDB_EMULATOR_HOST=127\.0\.0\.1:\d+$/m);
  assert.match(out, /^ {2}PostgreSQL {3}127\.\d+\.\d+\.\d+:\d+, for clients without a proxy$/m);
  assert.match(out, /^Ready after \d+\.\d s\. Ctrl-C/m);
  assert.match(out, /user=ann@example\.com/);
  assert.deepEqual(await readdir(folder), []);
});
