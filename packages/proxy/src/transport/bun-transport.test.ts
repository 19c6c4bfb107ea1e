// What Bun's transport refuses to take, and its handshakes in a process of Bun's.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { TransportRequest } from 'alloydb-connector';
import { BunTransport } from './bun-transport.ts';

const request: TransportRequest = {
  host: '10.0.0.5',
  port: 5433,
  serverName: '10.0.0.5',
  identity: { chain: [], privateKey: '', serverCa: '' },
  keepAliveMs: 0,
};
const neverConnects = { connect: () => new Promise<never>(() => undefined) };

test('BunTransport leaves an address that is not the one of the instance to node:tls', () => {
  const transport = new BunTransport(neverConnects);
  const { signal } = new AbortController();
  assert.equal(transport.open({ ...request, host: '127.0.0.1' }, signal), undefined);
});

test('BunTransport gives up at once, and takes no more while many connections that nobody waits for are tried', async () => {
  const transport = new BunTransport(neverConnects);
  for (let n = 0; n < 32; n += 1) {
    const attempt = new AbortController();
    const opening = transport.open(request, attempt.signal);
    assert.ok(opening, `attempt ${n} is taken`);
    attempt.abort(new Error('enough'));
    await assert.rejects(opening, /enough/);
  }
  assert.equal(transport.open(request, new AbortController().signal), undefined);
});

test('BunTransport under Bun: who is trusted, what is announced, every byte, every end', () => {
  const { status, stdout, stderr } = spawnSync(
    'node_modules/bun/bin/bun.exe',
    ['--conditions=alloydb-source', 'packages/proxy/test/bun-transport-under-bun.ts'],
    { encoding: 'utf8', timeout: 120_000 },
  );
  assert.equal(status, 0, `${stdout}${stderr}`);
});
