// Certificates of seconds: connections go on through refresh after refresh, and while the Admin API is away.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { Connector, type RefreshEvent, refreshChannel } from 'alloydb-connector';
import { Client } from 'pg';
import { setUp } from './support/setting.ts';

test('Connections succeed through many refreshes, and while refreshes fail and the old certificate lasts', async () => {
  await using setting = await setUp({ clientCertificateLifeMs: 4_000 });
  const { emulator, keyFile, instance } = setting;
  using connector = new Connector({
    credentials: { kind: 'file', path: keyFile },
    adminApiEndpoint: emulator.apiEndpoint,
    refresh: { bufferMs: 2_500, rate: { intervalMs: 200, burst: 2 } },
  });
  const events: RefreshEvent[] = [];
  const listener = (event: unknown): void => void events.push(event as RefreshEvent);
  refreshChannel.subscribe(listener);
  const end = Date.now() + 9_000;
  let queries = 0;
  while (Date.now() < end) {
    if (queries === 20)
      emulator.addFault({ kind: 'api-error', status: 500, method: 'generateClientCertificate', times: 2 });
    const client = new Client({ ...connector.getOptions(instance), ...emulator.superuser });
    await client.connect();
    await client.query('select 1');
    await client.end();
    queries += 1;
    await sleep(40);
  }
  refreshChannel.unsubscribe(listener);
  assert.ok(queries > 40, `${queries} connections`);
  assert.ok(events.filter(({ at }) => at === 'succeeded').length >= 3, 'several certificates were used');
  const failures = events.filter((event) => event.at === 'failed');
  assert.ok(failures.length >= 1);
  for (const failed of failures)
    assert.ok(failed.certificateLifeLeftMs > 0, 'each failure says how long the old certificate lasts');
});
