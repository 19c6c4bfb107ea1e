// --keepalive: which probes the proxy's sockets send, as the system shows it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { connect } from 'node:net';
import { test } from 'node:test';
import { keepAliveTimer, skipWithoutSs } from '../packages/connector/test/keepalive-timer.ts';
import { startProxy } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';
import { writeSinkInfo } from './support/sink-info.ts';
import { TlsSink } from './support/tls-sink.ts';

for (const [value, expectedMs] of [
  ['2m', 120_000],
  ['0', undefined],
] as const) {
  test(`--keepalive=${value} counts for clients and for instances`, { skip: skipWithoutSs }, async () => {
    await using setting = await setUp();
    const served = Promise.withResolvers<TLSSocket>();
    await using sink = await TlsSink.start({ serve: (socket) => served.resolve(socket) });
    const info = await writeSinkInfo(setting.folder, { [setting.instance]: sink });
    const instance = `${setting.instance}?dial-address=${sink.dialAddress}`;
    await using proxy = await startProxy([
      '--port=0',
      '--token=t',
      '--static-connection-info',
      info,
      `--keepalive=${value}`,
      instance,
    ]);
    const client = connect({ port: proxy.port, host: '127.0.0.1' });
    await once(client, 'connect');
    const { remotePort: upstreamPort = 0 } = await served.promise;
    const timers = [
      keepAliveTimer({ from: proxy.port, to: client.localPort ?? 0 }),
      keepAliveTimer({ from: upstreamPort, to: sink.port }),
    ];
    client.destroy();
    for (const timer of timers) {
      if (expectedMs === undefined) assert.equal(timer, undefined);
      else assert.ok(timer !== undefined && timer > expectedMs - 20_000 && timer <= expectedMs, `${timer} ms`);
    }
  });
}
