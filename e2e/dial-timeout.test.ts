// --dial-timeout: how long a client waits until it is told that the instance cannot be reached.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { setUp } from './support/setting.ts';

for (const kind of ['stall-at-accept', 'stall-before-reply', 'api-delay'] as const) {
  test(`--dial-timeout tells the client in time when the other side does not go on (${kind})`, async () => {
    await using setting = await setUp();
    const { emulator, instance } = setting;
    emulator.addFault(kind === 'api-delay' ? { kind, delayMs: 20_000 } : { kind });
    const { port } = await setting.startProxy('--lazy-refresh', '--dial-timeout=1500ms', instance);
    const startedAt = performance.now();
    await assert.rejects(queryWithPg({ port, ...emulator.superuser }, 'select 1'), {
      code: '08001',
      message: /no answer within 1\.5 s/,
    });
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs >= 1_400 && tookMs < 10_000, `${tookMs} ms`);
  });
}
