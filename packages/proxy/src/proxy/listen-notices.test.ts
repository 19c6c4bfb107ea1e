// What is said about listeners, and when nothing is.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ListenAt, LocalTlsConfig } from '../config/config.ts';
import { listenNotices } from './listen-notices.ts';

const folder = mkdtempSync(join(tmpdir(), 'listen-notices-'));
after(() => rmSync(folder, { recursive: true }));
const key = join(folder, 'key.pem');
writeFileSync(key, '', { mode: 0o600 });

function noticesFor(addresses: readonly string[], localTls?: LocalTlsConfig, listen?: ListenAt): readonly string[] {
  const instances = listen === undefined ? [] : [{ listen }];
  return listenNotices({ config: { localTls, instances }, addresses }).map(
    ({ severity, text }) => `${severity}: ${text}`,
  );
}

function socket(mode: number): ListenAt {
  return { kind: 'unix', path: '/s', permissions: { mode, groupId: undefined } };
}

test('listenNotices says nothing about loopback', () => {
  assert.deepEqual(noticesFor(['127.0.0.1', '127.0.0.9', '::1']), []);
});

test('listenNotices warns once of addresses that other machines can reach', () => {
  const [notice = '', ...more] = noticesFor(['0.0.0.0', '::', '10.0.0.1', '10.0.0.1', '127.0.0.1']);
  assert.match(notice, /^warn: Listening on 0\.0\.0\.0, ::, 10\.0\.0\.1: .* not encrypted/);
  assert.deepEqual(more, []);
});

test('listenNotices is content with local TLS, but not with a key that everybody can read', () => {
  const localTls = { cert: 'cert.pem', key, clientCa: undefined };
  assert.deepEqual(noticesFor(['10.0.0.1'], localTls), []);
  if (process.platform === 'win32') return;
  chmodSync(key, 0o644);
  assert.deepEqual(noticesFor(['10.0.0.1'], localTls), [
    `warn: Every user of this machine can read the private key ${key}`,
  ]);
});

test('listenNotices says how others get into Unix sockets when only the owner can', () => {
  assert.deepEqual(noticesFor([], undefined, socket(0o600)), ['info: Only this user can connect to the Unix sockets']);
  assert.deepEqual(noticesFor([], undefined, socket(0o660)), []);
});
