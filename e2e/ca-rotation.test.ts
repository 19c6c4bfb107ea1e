// The authority of a cluster is replaced while the proxy runs (W3).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPostgresJs, queryWithPg } from './support/clients.ts';
import { setUp } from './support/setting.ts';

for (const strategy of ['ahead', 'lazy'] as const) {
  test(`After a CA rotation the next connection succeeds without a restart, refresh ${strategy}`, async () => {
    await using setting = await setUp();
    const { emulator, instance } = setting;
    const proxy = await setting.startProxy(...(strategy === 'lazy' ? ['--lazy-refresh'] : []), instance);
    const login = { port: proxy.port, ...emulator.superuser };
    const open = openPostgresJs(login);
    const [before] = await open`select pg_backend_pid() as pid`;
    await emulator.rotateCa(instance);
    const clients = Array.from({ length: 20 }, () => queryWithPg(login, 'select 1'));
    assert.deepEqual(await Promise.all(clients), Array(20).fill(1));
    const [after] = await open`select pg_backend_pid() as pid`;
    assert.deepEqual(after, before, 'the session that was open stays');
    await open.end();
    assert.equal(emulator.statistics().apiCalls.generateClientCertificate, 2, 'one more certificate for all of them');
    assert.equal(proxy.stderr, '');
  });
}
