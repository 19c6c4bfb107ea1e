// Unix sockets for real: who may use them, at the end and on the way there.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { changePermissions, folderModeFor, listenUnix } from './listen-unix.ts';

const scratch = mkdtempSync(join(tmpdir(), 'listen-unix-'));
after(() => rmSync(scratch, { recursive: true }));
const unix = { skip: process.platform === 'win32' ? 'unix sockets have no modes on Windows' : false };

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

/** The modes of socket and folder while the server listens. */
async function listenAs(
  path: string,
  mode: number,
  groupId?: number,
): Promise<{ readonly socket: number; readonly folder: number; readonly gid: number }> {
  const server = createServer();
  try {
    await listenUnix(server, { kind: 'unix', path, permissions: { mode, groupId } });
    return { socket: modeOf(path), folder: modeOf(dirname(path)), gid: statSync(path).gid };
  } finally {
    server.close();
  }
}

for (const [mode, folder] of [
  [0o600, 0o700],
  [0o660, 0o710],
  [0o666, 0o711],
  [0o777, 0o711],
] as const) {
  test(`listenUnix opens socket and folder as far as mode ${mode.toString(8)} needs`, unix, async () => {
    const made = await listenAs(join(scratch, `made-${mode}`, 'socket'), mode);
    assert.partialDeepStrictEqual(made, { socket: mode, folder });
    assert.equal(folderModeFor(mode), folder);
  });
}

test('listenUnix leaves a folder that was there as it is', unix, async () => {
  const folder = join(scratch, 'there');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  assert.partialDeepStrictEqual(await listenAs(join(folder, 'socket'), 0o660), { socket: 0o660, folder: 0o755 });
});

test('listenUnix makes no socket that is open for a moment, even in an open folder', unix, async () => {
  const folder = join(scratch, 'open');
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  const path = join(folder, 'socket');
  const seen: number[] = [];
  const server: Server = createServer();
  const listen = server.listen.bind(server) as (...args: unknown[]) => Server;
  // Looked at as soon as the socket is there, and again when the server says so.
  server.listen = ((...args: unknown[]) => {
    const result = listen(...args);
    seen.push(modeOf(path));
    return result;
  }) as Server['listen'];
  server.once('listening', () => seen.push(modeOf(path)));
  const before = process.umask(0);
  try {
    await listenUnix(server, { kind: 'unix', path, permissions: { mode: 0o660, groupId: undefined } });
    assert.equal(process.umask(), 0, 'the umask is what it was');
  } finally {
    process.umask(before);
    server.close();
  }
  assert.deepEqual(seen, [0o600, 0o600]);
});

const root = { skip: process.getuid?.() === 0 ? false : 'only root may choose any group' };

test('listenUnix gives the socket and its folder to the group', root, async () => {
  const path = join(scratch, 'grouped', 'socket');
  const { gid } = await listenAs(path, 0o660, 4711);
  assert.equal(gid, 4711);
  assert.equal(statSync(dirname(path)).gid, 4711);
});

test('changePermissions opens and closes a socket with the folder that was made for it', unix, async () => {
  const path = join(scratch, 'changed', 'socket');
  const server = createServer();
  const [closed, open] = [0o600, 0o666].map((mode) => ({ mode, groupId: undefined }));
  assert(closed !== undefined && open !== undefined);
  await listenUnix(server, { kind: 'unix', path, permissions: closed });
  changePermissions(path, closed, open);
  assert.deepEqual([modeOf(path), modeOf(dirname(path))], [0o666, 0o711]);
  changePermissions(path, open, closed);
  assert.deepEqual([modeOf(path), modeOf(dirname(path))], [0o600, 0o700]);
  chmodSync(dirname(path), 0o755);
  changePermissions(path, closed, open);
  assert.equal(modeOf(dirname(path)), 0o755, 'a folder of somebody else is left as it is');
  server.close();
});
