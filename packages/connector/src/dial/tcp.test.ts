// Which probes the sockets of dials send, as the system shows it.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { keepAliveTimer, skipWithoutSs } from '../../test/keepalive-timer.ts';
import { fallSilent, listen } from '../../test/tcp-server.ts';
import { resolveOptions } from '../options.ts';
import { connectTcp } from './tcp.ts';

const { signal } = new AbortController();

/** Time to the next probe of a connection that was just made. */
function timerOf(socket: Socket): number | undefined {
  try {
    return keepAliveTimer({ from: socket.localPort ?? 0, to: socket.remotePort ?? 0 });
  } finally {
    socket.destroy();
  }
}

function assertAbout(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && actual > expected - 8_000 && actual <= expected, `${actual} ms, not ${expected}`);
}

test('connectTcp probes after 30 seconds of silence, after another time, or never', {
  skip: skipWithoutSs,
}, async () => {
  await using server = await listen(fallSilent);
  const target = { host: '127.0.0.1', port: server.port };
  assertAbout(timerOf(await connectTcp(target, signal)), 30_000);
  assertAbout(timerOf(await connectTcp({ ...target, keepAliveMs: 90_000 }, signal)), 90_000);
  assert.equal(timerOf(await connectTcp({ ...target, keepAliveMs: 0 }, signal)), undefined);
});

for (const [given, expected] of [
  [45_000, 45_000],
  [1, 1_000],
  [2 ** 31, 32_767_000],
] as const) {
  test(`keepAliveMs ${given} of a connector probes after ${expected} ms`, { skip: skipWithoutSs }, async () => {
    await using server = await listen(fallSilent);
    const { connect } = resolveOptions({ credentials: { kind: 'token', token: 't' }, keepAliveMs: given, env: {} });
    assertAbout(timerOf(await connect({ host: '127.0.0.1', port: server.port }, signal)), expected);
  });
}

test('keepAliveMs counts for the connection to an outbound proxy', { skip: skipWithoutSs }, async () => {
  await using proxy = await listen((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  });
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
  const options = { credentials: { kind: 'token', token: 't' }, keepAliveMs: 60_000, httpConnect: true, env } as const;
  const socket = await resolveOptions(options).connect({ host: 'db.test', port: 5433 }, signal);
  assertAbout(timerOf(socket), 60_000);
});
