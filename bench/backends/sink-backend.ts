// The sink as a backend: started as a process of its own, so that it shares no processor time with the load.

import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend } from './backend.ts';
import { sinkName } from '../sink/order.ts';
import { requestCertificate } from './certificate.ts';

export type SinkPlacement =
  /** Behind a command that enters a network namespace; `host` is its address there. */
  | { readonly at: 'namespace'; readonly prefix: readonly string[]; readonly host: string }
  /** On the loopback, where the sink itself makes the distance. */
  | { readonly at: 'distance'; readonly roundTripMs: number }
  | { readonly at: 'loopback' };

interface Announcement {
  readonly address: string;
  readonly port: number;
  readonly api: string;
}

const uri = 'projects/p/locations/us-central1/clusters/c/instances/i';

export async function startSinkBackend(
  placement: SinkPlacement = { at: 'loopback' },
): Promise<Backend & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'alloydb-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  const own = [process.execPath, '--conditions=alloydb-source', join(import.meta.dirname, '../sink/main.ts')];
  const prefix = placement.at === 'namespace' ? placement.prefix : [];
  const [file = '', ...args] = [...prefix, ...own, ...flagsFor(placement)];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  undo.defer(async () => {
    child.stdin.end();
    await ended;
  });
  const announced = await Promise.race([once(child.stdout, 'data'), ended]);
  if (!Buffer.isBuffer(announced[0])) throw new Error('the sink of the benchmark did not start');
  const { address, port, api } = JSON.parse(announced[0].toString()) as Announcement;
  const credentials = writeKeyFile(folder, api);
  const request = { api, uri, credentials, folder };
  const exchanging = await requestCertificate({ ...request, useMetadataExchange: true });
  const plain = await requestCertificate({ ...request, useMetadataExchange: false });
  const started = undo.move();
  return {
    uri,
    host: address,
    serverName: sinkName,
    port,
    api,
    credentials,
    exchanging,
    plain,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function flagsFor(placement: SinkPlacement): readonly string[] {
  if (placement.at === 'namespace') return ['--host', placement.host];
  return placement.at === 'distance' ? ['--round-trip-ms', String(placement.roundTripMs)] : [];
}

function writeKeyFile(folder: string, api: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const path = join(folder, 'key.json');
  const key = {
    type: 'service_account',
    project_id: 'p',
    private_key_id: 'benchmark',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'bench@p.iam.gserviceaccount.com',
    token_uri: `${api}/token`,
  };
  writeFileSync(path, JSON.stringify(key), { mode: 0o600 });
  return path;
}
