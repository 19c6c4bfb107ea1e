// npmRegistry against a server that speaks the registry's protocol, and configuredRegistry with a real npm.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerWith } from '../../test/answering-server.ts';
import { failureOf, nowMs, plainFetch } from '../../test/update-rig.ts';
import { configuredRegistry, npmRegistry } from './npm-registry.ts';
import type { NewestVersion } from './version-source.ts';

function newestAt(port: number): Promise<NewestVersion> {
  const registry = async () => new URL(`http://127.0.0.1:${port}/npm/`);
  return npmRegistry({ registry, fetch: plainFetch(), now: () => nowMs }).newest();
}

test('npmRegistry takes what the dist-tag latest stands for', async () => {
  const document = {
    'dist-tags': { latest: '0.3.0', next: '0.4.0-rc.1' },
    time: { modified: '2026-11-20T00:00:00Z', '0.3.0': '2026-11-19T00:00:00Z' },
    homepage: 'https://code.example/#readme',
  };
  await using server = await answerWith((_request, response) => response.end(JSON.stringify(document)));
  const { version, releasedAt, changes } = await newestAt(server.port);
  assert.deepEqual(
    [version.text, releasedAt?.toISOString(), changes],
    ['0.3.0', '2026-11-19T00:00:00.000Z', 'https://code.example/#readme'],
  );
  assert.deepEqual(server.requests, ['GET /npm/alloydb-auth-proxy']);
});

test('npmRegistry refuses what describes no package', async () => {
  for (const answer of ['{}', '{"dist-tags":{}}', '{"dist-tags":{"latest":5}}', '{"dist-tags":{"latest":"x"}}']) {
    await using server = await answerWith((_request, response) => response.end(answer));
    assert.match(
      await failureOf(newestAt(server.port)),
      /does not describe a package: its dist-tag "latest" is no version/,
    );
  }
  await using locked = await answerWith((_request, response) => response.writeHead(401).end());
  assert.match(await failureOf(newestAt(locked.port)), /wants a login/);
  await using without = await answerWith((_request, response) => response.writeHead(404).end());
  assert.match(await failureOf(newestAt(without.port)), /knows no package/);
});

test('configuredRegistry takes what npm tells its scripts, or asks npm', async () => {
  const told = await configuredRegistry({ npm_config_registry: 'http://127.0.0.1:1/npm' });
  assert.equal(told.href, 'http://127.0.0.1:1/npm');
  const { npm_config_registry: _, ...env } = process.env;
  const NPM_CONFIG_REGISTRY = 'http://127.0.0.1:2/mirror/';
  assert.equal((await configuredRegistry({ ...env, NPM_CONFIG_REGISTRY })).href, NPM_CONFIG_REGISTRY);
});

test('configuredRegistry says that there is no npm', {
  skip: process.platform === 'win32' && 'a shell starts npm there',
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-npm-'));
  try {
    assert.match(await failureOf(configuredRegistry({ PATH: folder })), /: there is no npm; /);
    assert.ok(!process.getActiveResourcesInfo().includes('Timeout'), 'nothing keeps the program from ending');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
