// A proxy in front of a server without a database: no Admin API, no PostgreSQL, only bytes that are carried.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProxyProcess, startProxy } from './proxy-process.ts';
import { writeSinkInfo } from './sink-info.ts';
import { type SinkOptions, TlsSink } from './tls-sink.ts';

export interface SinkProxy extends AsyncDisposable {
  readonly sink: TlsSink;
  readonly proxy: ProxyProcess;
}

const instance = 'projects/p/locations/us-central1/clusters/c/instances/i';

export interface SinkProxyOptions extends SinkOptions {
  /** Further flags of the proxy. Default: none. */
  readonly flags?: readonly string[];
}

export async function startSinkProxy({ flags = [], ...options }: SinkProxyOptions): Promise<SinkProxy> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'alloydb-sink-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const sink = undo.use(await TlsSink.start(options));
  const info = await writeSinkInfo(folder, { [instance]: sink });
  const proxy = undo.use(
    await startProxy([
      '--port=0',
      '--token=unused',
      `--static-connection-info=${info}`,
      ...flags,
      `${instance}?dial-address=${sink.dialAddress}`,
    ]),
  );
  const started = undo.move();
  return { sink, proxy, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
