// The demo, as the README tells a new user to run it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { freePorts } from './support/free-ports.ts';
import { runProgram } from './support/tools.ts';

const skip = process.platform === 'win32' ? 'Ctrl-C cannot be sent on Windows' : false;
const demo = ['--conditions=alloydb-source', 'tools/demo.ts'];

/** A temporary folder of its own shows what is left in it. It stays open: PostgreSQL runs as another user. */
async function withTemporaryFolder(work: (env: NodeJS.ProcessEnv, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
  chmodSync(folder, 0o1777);
  try {
    await work({ ...process.env, TMPDIR: folder }, folder);
    assert.deepEqual(readdirSync(folder), [], 'no file is left behind');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('The demo runs one query, prints its rows and leaves nothing behind', { skip }, async () => {
  await withTemporaryFolder(async (env) => {
    const { status, stdout, stderr } = await runProgram(
      process.execPath,
      [...demo, '--query', 'select 1 as one, 2 as two'],
      env,
    );
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'one\ttwo\n1\t2\n');
  });
});

test('The demo serves password and IAM logins until Ctrl-C and leaves nothing behind', { skip }, async () => {
  await withTemporaryFolder(async (env, folder) => {
    const child = spawn(process.execPath, [...demo, '--port', String(await freePorts(2))], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    const ready = Promise.withResolvers<void>();
    let seen = '';
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes('Press Ctrl-C')) ready.resolve();
    });
    await Promise.race([ready.promise, closed]);
    const [, password = '', port] = /PGPASSWORD=(\S+) psql -h 127\.0\.0\.1 -p (\d+) -U postgres/.exec(seen) ?? [];
    assert.equal(await queryWithPg({ port: Number(port), user: 'postgres', password }, 'select 1'), 1, seen);
    const [, iamPort, user = ''] = /\n {2}psql -h 127\.0\.0\.1 -p (\d+) -U (\S+)/.exec(seen) ?? [];
    assert.equal(await queryWithPg({ port: Number(iamPort), user }, 'select current_user'), 'demo@local.iam');
    child.kill('SIGINT');
    assert.deepEqual(await closed, [0, null]);
    const { stdout } = await runProgram('ps', ['-eo', 'args'], process.env);
    assert.ok(!stdout.includes(folder), `a process is left behind:\n${stdout}`);
  });
});
