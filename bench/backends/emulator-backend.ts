// The emulator with its real PostgreSQL as a backend.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmulatorPostgres, startEmulator } from 'alloydb-emulator';
import type { Backend } from './backend.ts';
import { requestCertificate } from './certificate.ts';

export interface DatabaseBackend extends Backend, AsyncDisposable {
  /** Where PostgreSQL itself is, with nothing in between. */
  readonly postgres: EmulatorPostgres;
}

const uri = 'projects/p/locations/us-central1/clusters/c/instances/i';
const serverName = 'db.bench.alloydb-psc.goog';
const account = 'bench@local.iam.gserviceaccount.com';

export async function startEmulatorBackend(): Promise<DatabaseBackend> {
  const folder = mkdtempSync(join(tmpdir(), 'alloydb-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  const emulator = undo.use(await startEmulator({ instances: [{ uri, pscDnsName: serverName }] }));
  const [instance] = emulator.instances;
  if (instance === undefined) throw new Error('the emulator has no instance');
  await emulator.createIamUser(account);
  const credentials = join(folder, 'key.json');
  await emulator.writeServiceAccountKey(credentials, account);
  const { address: host, port } = instance;
  const request = { api: emulator.apiEndpoint, uri, credentials, folder };
  const exchanging = await requestCertificate({ ...request, useMetadataExchange: true });
  const plain = await requestCertificate({ ...request, useMetadataExchange: false });
  const { postgres, apiEndpoint: api } = emulator;
  const started = undo.move();
  return {
    uri,
    host,
    port,
    serverName,
    api,
    credentials,
    exchanging,
    plain,
    postgres,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
