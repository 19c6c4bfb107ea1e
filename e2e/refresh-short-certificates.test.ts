// Certificates that live for seconds: renewal goes on under traffic, and outlasts an Admin API that is away.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connector, type RefreshEvent, type RefreshOptions } from 'alloydb-connector';
import { Client } from 'pg';
import { queryWithPg } from './support/clients.ts';
import { type Setting, setUp } from './support/setting.ts';
import { until } from './support/until.ts';

// An attempt every tenth of a second, where users have one in half a minute.
const rate = { intervalMs: 100, burst: 2 };

function connectorFor({ emulator, keyFile }: Setting, refresh: RefreshOptions): Connector {
  return new Connector({
    credentials: { kind: 'file', path: keyFile },
    adminApiEndpoint: emulator.apiEndpoint,
    refresh: { rate, ...refresh },
  });
}

/** Connects, asks and hangs up, again and again; any failure fails the test. Returns how often. */
async function queryUntil(ended: () => boolean, connector: Connector, setting: Setting): Promise<number> {
  let count = 0;
  while (!ended()) {
    const client = new Client({ ...connector.getOptions(setting.instance), ...setting.emulator.superuser });
    await client.connect();
    await client.query('select 1');
    await client.end();
    count += 1;
    await sleep(50);
  }
  return count;
}

/** Collects what the connector publishes of its refreshes. */
class RefreshLog implements Disposable {
  readonly events: RefreshEvent[] = [];
  readonly #onEvent = (message: unknown): void => {
    this.events.push(message as RefreshEvent);
  };

  constructor() {
    subscribe('alloydb-connector:refresh', this.#onEvent);
  }

  all<At extends RefreshEvent['at']>(at: At): readonly Extract<RefreshEvent, { readonly at: At }>[] {
    return this.events.filter((event): event is Extract<RefreshEvent, { readonly at: At }> => event.at === at);
  }

  [Symbol.dispose](): void {
    unsubscribe('alloydb-connector:refresh', this.#onEvent);
  }
}

for (const strategy of ['ahead', 'lazy'] as const) {
  test(`Certificates of 3 s serve new connections for as long as there are any, refresh ${strategy}`, async () => {
    await using setting = await setUp({ clientCertificateLifeMs: 3_000 });
    using log = new RefreshLog();
    using connector = connectorFor(setting, { bufferMs: 1_000, strategy });
    const seconds = strategy === 'ahead' ? 15 : 8;
    const end = Date.now() + seconds * 1_000;
    const count = await queryUntil(() => Date.now() > end, connector, setting);
    assert.ok(count >= seconds, `${count} connections`);
    assert.deepEqual(log.all('failed'), []);
    const refreshes = log.all('succeeded').length;
    // A certificate lives for 2 s to 3 s, as its end is cut to whole seconds, and is renewed 1 s before that.
    assert.ok(refreshes >= seconds / 3 && refreshes <= seconds * 1.5, `${refreshes} refreshes`);
  });
}

test('While the Admin API is away the old certificate serves, and each failure says for how long', async () => {
  await using setting = await setUp({ clientCertificateLifeMs: 9_000 });
  const { emulator, instance } = setting;
  using log = new RefreshLog();
  using connector = connectorFor(setting, { bufferMs: 4_000 });
  const { socket } = await connector.dial(instance);
  socket.destroy();
  emulator.addFault({ kind: 'api-reset', times: 10_000 });
  const expiresAt = log.all('succeeded')[0]?.certificateExpiresAt ?? assert.fail('no certificate');
  const away = await queryUntil(() => Date.now() > expiresAt - 2_000, connector, setting);
  emulator.clearFaults();
  const failed = log.all('failed');
  const back = await queryUntil(() => log.all('succeeded').length > 1, connector, setting);

  assert.ok(away > 20 && back > 0, `${away} connections without the API, ${back} until it was back`);
  assert.ok(failed.length >= 1, 'a refresh failed meanwhile');
  for (const { certificateLifeLeftMs, error } of failed) {
    assert.ok(certificateLifeLeftMs > 500 && certificateLifeLeftMs <= 4_500, `${certificateLifeLeftMs} ms left`);
    assert.equal(error.code, 'ADMIN_API_UNREACHABLE');
  }
  const left = failed.map(({ certificateLifeLeftMs }) => certificateLifeLeftMs);
  assert.deepEqual(
    left,
    left.toSorted((a, b) => b - a),
    'the time left shrinks',
  );
});

test('An instance that resets a connection while the Admin API hangs costs that one, and no other', async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  using log = new RefreshLog();
  using connector = connectorFor(setting, {});
  const dial = async (): Promise<void> => void (await connector.dial(instance)).socket.destroy();
  await dial();
  emulator.addFault({ kind: 'api-delay', delayMs: 120_000, times: 100 });
  emulator.addFault({ kind: 'reset-before-reply', times: 1 });
  const reset = assert.rejects(dial(), { code: 'CLIENT_CERTIFICATE_REFUSED' });
  await until(() => log.all('started').length === 2);
  // The reset could be a certificate that was withdrawn. For another one nobody waits as long as a dial may take.
  await dial();
  await reset;
  await dial();
  assert.deepEqual(log.all('failed'), [], 'the Admin API is still being waited for');
});

test('The log of the proxy warns that a refresh has failed, and the certificate in use serves on', async () => {
  // Two seconds more than the buffer before its end in which a certificate is renewed.
  await using setting = await setUp({ clientCertificateLifeMs: 242_000 });
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy('--debug-logs', instance);
  await proxy.waitFor('connection info refreshed');
  emulator.addFault({ kind: 'api-reset', times: 10_000 });
  await proxy.waitFor(
    /refresh failed, the current certificate serves for another 2[34]\d s: Cannot reach the Admin API/,
  );
  await proxy.waitFor('hint: check that this machine can open connections to 127.0.0.1:');
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
});
