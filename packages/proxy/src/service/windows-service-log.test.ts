// The log of a service that has no standard streams.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileSinks, serviceLogPath } from './windows-service-log.ts';

test('fileSinks writes both streams in order to the log beside the executable, once there is something to write', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'service-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = serviceLogPath(join(folder, 'proxy.exe'));
  assert.equal(path, join(folder, 'logs', 'alloydb-auth-proxy.log'));
  const sinks = fileSinks(path);
  const { out, err } = sinks;
  await sinks.flush();
  assert.ok(!existsSync(path));
  for (const sink of [out, err, out]) sink.write('line\n');
  await sinks.flush(10_000);
  assert.equal(readFileSync(path, 'utf8'), 'line\nline\nline\n');
});
