// Program sections of supervisor; that it really supervises is shown in e2e/service-supervisor.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeForTest } from '../../test/service.ts';
import { supervisor } from './supervisor.ts';

const URI = 'projects/p/locations/r/clusters/c/instances/a';

async function section(described: Parameters<typeof describeForTest>[0]): Promise<readonly string[]> {
  const plan = supervisor.install(await describeForTest(described));
  const file = plan.files.find(({ path }) => path === '/etc/supervisor/conf.d/test-proxy.conf');
  return (file?.text ?? assert.fail('no file')).split('\n');
}

test('supervisor starts the proxy again whenever it ends, and gives it time to stop', async () => {
  const lines = await section({ argv: ['--max-sigterm-delay=1m', URI], user: 'app' });
  assert.equal(lines[0], '[program:test-proxy]');
  for (const line of ['autostart=true', 'autorestart=true', 'stopsignal=TERM', 'stopwaitsecs=75', 'user=app']) {
    assert(lines.includes(line), line);
  }
});

test('supervisor gets percent signs doubled', async () => {
  const lines = await section({ argv: [URI], program: ['/opt/100%/it is'] });
  assert(lines.includes("command='/opt/100%%/it is' --config-file /etc/alloydb-auth-proxy/test-proxy.toml"));
});

test('supervisor is not given what it would take for a comment', async () => {
  await assert.rejects(section({ argv: [URI], program: ['/opt/a ;b'] }), /a space and a semicolon/);
});

test('supervisor restarts the proxy by itself only when its own file has changed', async () => {
  const plan = supervisor.install(await describeForTest({ argv: [URI] }));
  const verbs = (changed: readonly string[]) => plan.commands(new Set(changed)).map(({ argv }) => argv[1]);
  const config = '/etc/alloydb-auth-proxy/test-proxy.toml';
  assert.deepEqual(verbs([]), ['update']);
  assert.deepEqual(verbs([config]), ['update', 'restart']);
  assert.deepEqual(verbs([config, '/etc/supervisor/conf.d/test-proxy.conf']), ['update']);
});
