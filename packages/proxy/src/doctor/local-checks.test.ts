// What the doctor says of places where somebody listens already.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseInstanceUri } from 'alloydb-connector';
import type { ListenAt } from '../config/config.ts';
import type { Finding } from './check.ts';
import { listenerCheck } from './local-checks.ts';

const uri = parseInstanceUri('projects/p/locations/r/clusters/c/instances/i');

async function outcome(listen: ListenAt, holder?: { readonly pid: number; readonly name: string }): Promise<Finding> {
  const check = listenerCheck({ config: { portConflict: 'fail' } }, { uri, listen }, () => holder);
  return check.run({ signal: new AbortController().signal, from: () => assert.fail() });
}

async function listening(t: TestContext, at: object): Promise<Server> {
  const server = createServer().listen(at);
  t.after(() => server.close());
  await once(server, 'listening');
  return server;
}

test('A port is in the way only when another program is known to hold it', async (t) => {
  const server = await listening(t, { host: '127.0.0.1', port: 0 });
  const at = { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port } as const;
  const unknown = await outcome(at);
  assert.equal(unknown.status, 'warn');
  assert.match(unknown.evidence, /is in use: as it should be if that is this proxy$/);
  assert.equal((await outcome(at, { pid: 1, name: 'systemd' })).status, 'warn');
  assert.equal((await outcome(at, { pid: process.pid, name: 'node' })).status, 'fail');
});

test('A Unix socket that answers may be that of the proxy which is asked about', {
  skip: process.platform === 'win32' && 'Windows has no folders of sockets',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'alloydb-doctor-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, '.s.PGSQL.5432');
  await listening(t, { path });
  const finding = await outcome({ kind: 'unix', path } as ListenAt);
  assert.equal(finding.status, 'warn');
  assert.match(finding.evidence, /is in use: as it should be/);
});
