// Sockets from outside: what the environment says, and what the kernel says of real ones.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempDisposableSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { portOf } from '../../test/socket-pair.ts';
import { activatedSockets, matchSockets } from './socket-activation.ts';

const linux = { skip: process.platform === 'linux' ? false : 'sockets are looked up in /proc' };
const [first, second] = ['p.r.c.a', 'google.com:p.r.c.b'] as const;
const nowhere = (): undefined => undefined;

test('activatedSockets reads the variables of this process alone', () => {
  const env = { LISTEN_PID: '7', LISTEN_FDS: '3', LISTEN_FDNAMES: 'p.r.c.a:unknown:alloydb.socket' };
  assert.deepEqual(activatedSockets(env, 7), [
    { fd: 3, name: 'p.r.c.a' },
    { fd: 4, name: undefined },
    { fd: 5, name: undefined },
  ]);
  assert.deepEqual(activatedSockets(env, 8), []);
  assert.deepEqual(activatedSockets({ LISTEN_PID: '7', LISTEN_FDS: 'x' }, 7), []);
  assert.deepEqual(activatedSockets({}, 7), []);
});

test('matchSockets goes by name, whatever the order, and leaves the others to themselves', () => {
  const wanted = [
    { instance: first, place: '127.0.0.1:5432' },
    { instance: second, place: '127.0.0.1:5433' },
    { instance: 'p.r.c.c', place: '127.0.0.1:5434' },
  ];
  const sockets = [
    { fd: 3, name: 'google.com_p.r.c.b' },
    { fd: 4, name: first },
  ];
  assert.deepEqual(fds(matchSockets(sockets, wanted, nowhere)), [4, 3, undefined]);
});

test('matchSockets goes by address where there is no name', () => {
  const places = new Map([
    [3, '[::1]:5433'],
    [4, '127.0.0.1:5432'],
  ]);
  const wanted = [
    { instance: first, place: '127.0.0.1:5432' },
    { instance: second, place: '[::1]:5433' },
  ];
  const sockets = [3, 4].map((fd) => ({ fd, name: undefined }));
  assert.deepEqual(fds(matchSockets(sockets, wanted, (fd) => places.get(fd))), [4, 3]);
});

test('matchSockets refuses a socket that is that of no instance', () => {
  const wanted = [{ instance: first, place: '127.0.0.1:5432' }];
  for (const [socket, message] of [
    [{ fd: 3, name: 'p.r.c.z' }, /the socket "p\.r\.c\.z" on 127\.0\.0\.1:6000 that systemd has opened/],
    [{ fd: 3, name: undefined }, /the socket on 127\.0\.0\.1:6000 that systemd has opened is that of no instance/],
  ] as const) {
    assert.throws(() => matchSockets([socket], wanted, () => '127.0.0.1:6000'), { name: 'StartError', message });
  }
  const twice = [3, 4].map((fd) => ({ fd, name: first }));
  assert.throws(() => matchSockets(twice, wanted, nowhere), { name: 'StartError' });
});

test('matchSockets asks the kernel where a socket is bound', linux, async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sockets-'));
  const path = join(folder.path, 's');
  for (const place of [{ host: '127.0.0.1', port: 0 }, { host: '::1', port: 0 }, { path }] as const) {
    const server = createServer().listen(place);
    await once(server, 'listening');
    const host = 'host' in place && place.host.includes(':') ? `[${place.host}]` : 'host' in place ? place.host : '';
    const expected = 'path' in place ? path : `${host}:${portOf(server)}`;
    const sockets = [{ fd: descriptorOf(server), name: undefined }];
    assert.deepEqual(matchSockets(sockets, [{ instance: first, place: expected }]), [
      { fd: sockets[0]?.fd, place: expected },
    ]);
    server.close();
  }
});

function fds(matched: ReturnType<typeof matchSockets>): readonly (number | undefined)[] {
  return matched.map((socket) => socket?.fd);
}

/** Node tells the descriptor of a listening socket nowhere else. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = server as unknown as { readonly _handle: { readonly fd: number } };
  return handle.fd;
}
