// Bytes that are damaged within TLS, on either side of the proxy, end the session on both.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, type ClientConfig } from 'pg';
import { writeLocalCertificates } from './support/local-certificates.ts';
import { iamUser, setUp } from './support/setting.ts';
import { until } from './support/until.ts';
import { Wire } from './support/wire.ts';
import type { Mangle } from './support/wire-link.ts';

const unharmed: Mangle = (chunk) => chunk;
const damaged = (direction: 'up' | 'down'): Mangle => {
  return (chunk, way) => (way === direction ? Buffer.from(chunk.map((byte) => byte ^ 0x55)) : chunk);
};

/** A session that stands, and ends when it asks something once more. */
async function assertEndsWith(damage: () => void, config: ClientConfig): Promise<void> {
  const client = new Client({ user: iamUser, database: 'postgres', ...config });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('select 1');
  damage();
  let outcome: 'answered' | 'ended' | undefined;
  client.query('select 2').then(
    () => (outcome = 'answered'),
    () => (outcome = 'ended'),
  );
  await until(() => outcome !== undefined);
  assert.equal(outcome, 'ended');
}

test('A server whose bytes are damaged within TLS ends the session of its client', async () => {
  await using setting = await setUp();
  const { address, port } = setting.emulator.instances[0] ?? assert.fail('the emulator has no instance');
  let mangle = unharmed;
  await using wire = await Wire.start({ host: address, port }, (...chunk) => mangle(...chunk));
  const proxy = await setting.startProxy('--auto-iam-authn', `${setting.instance}?dial-address=${wire.dialAddress}`);
  await assertEndsWith(() => (mangle = damaged('down')), { host: '127.0.0.1', port: proxy.port });
  await until(() => wire.open === 0);
});

test('A client whose bytes are damaged within local TLS is disconnected, and its session with the instance ends', async () => {
  await using setting = await setUp();
  const { caText: ca, flags } = await writeLocalCertificates(setting.folder);
  const { address, port } = setting.emulator.instances[0] ?? assert.fail('the emulator has no instance');
  await using upstream = await Wire.start({ host: address, port });
  const proxy = await setting.startProxy(
    '--auto-iam-authn',
    ...flags,
    `${setting.instance}?dial-address=${upstream.dialAddress}`,
  );
  let mangle = unharmed;
  await using wire = await Wire.start({ host: '127.0.0.1', port: proxy.port }, (...chunk) => mangle(...chunk));
  await assertEndsWith(() => (mangle = damaged('up')), { host: 'localhost', port: wire.port, ssl: { ca } });
  await until(() => wire.open + upstream.open === 0);
});
