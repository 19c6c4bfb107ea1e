// Opening listeners for real: what is said when it fails, and what unix sockets look like.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { portOf } from '../../test/socket-pair.ts';
import { listen } from './listen.ts';
import { StartError } from './start-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'listen-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs with a server that is closed afterwards. */
async function withServer(work: (server: Server) => Promise<void>): Promise<void> {
  const server = createServer();
  try {
    await work(server);
  } finally {
    server.close();
  }
}

test('listen tells the real port when the system chose it', async () => {
  await withServer(async (server) => {
    const address = await listen(server, { kind: 'tcp', host: '127.0.0.1', port: 0 });
    assert.equal(address, `127.0.0.1:${portOf(server)}`);
  });
});

test('listen names the process that holds the port, and another port to try', async () => {
  await withServer(async (holder) => {
    await listen(holder, { kind: 'tcp', host: '127.0.0.1', port: 0 });
    const port = portOf(holder);
    await withServer(async (server) => {
      await assert.rejects(listen(server, { kind: 'tcp', host: '127.0.0.1', port }), (error) => {
        assert.ok(error instanceof StartError);
        assert.equal(error.message, `cannot listen on 127.0.0.1:${port}: address in use`);
        const who = process.platform === 'linux' ? `process ${process.pid} \\(.+\\)` : 'another process';
        assert.match(error.hint ?? '', new RegExp(`^${who} holds it; try --port ${port + 1},`));
        return true;
      });
    });
  });
});

test('listen refuses an address that this machine does not have', async () => {
  await withServer(async (server) => {
    await assert.rejects(
      listen(server, { kind: 'tcp', host: '192.0.2.1', port: 0 }),
      /cannot listen on 192\.0\.2\.1:0: this machine does not/,
    );
  });
});

const ownerOnly = { mode: 0o600, groupId: undefined };
const unix = { skip: process.platform === 'win32' ? 'unix sockets have no modes on Windows' : false };

test('listen makes a unix socket that only its owner can use', unix, async () => {
  await withServer(async (server) => {
    const path = join(folder, 'a', '.s.PGSQL.5432');
    assert.equal(await listen(server, { kind: 'unix', path, permissions: ownerOnly }), path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o700);
  });
});

test('listen takes over the socket file of a process that was killed', unix, async () => {
  const path = join(folder, 'stale');
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', program]);
  assert.ok(statSync(path).isSocket());
  await withServer(async (server) => {
    assert.equal(await listen(server, { kind: 'unix', path, permissions: ownerOnly }), path);
  });
});

test('listen leaves a unix socket alone behind which somebody answers', unix, async () => {
  const path = join(folder, 'held');
  await withServer(async (holder) => {
    await listen(holder, { kind: 'unix', path, permissions: ownerOnly });
    await withServer(async (server) => {
      await assert.rejects(
        listen(server, { kind: 'unix', path, permissions: ownerOnly }),
        /cannot listen on .*held: address in use/,
      );
    });
    assert.ok(statSync(path).isSocket());
  });
});
