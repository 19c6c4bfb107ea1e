// What most scenarios need: an emulator, a key for its service account, and a proxy in front.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, type EmulatorOptions, startEmulator } from 'alloydb-emulator';
import { type ProxyProcess, startProxy } from './proxy-process.ts';

export const serviceAccount = 'e2e@local.iam.gserviceaccount.com';
/** The name under which PostgreSQL knows the service account. */
export const iamUser = 'e2e@local.iam';

export interface Setting extends AsyncDisposable {
  readonly emulator: Emulator;
  /** URI of the first instance. */
  readonly instance: string;
  readonly keyFile: string;
  /** A folder of this scenario, removed at its end. */
  readonly folder: string;
  /** Flags that point a proxy at the emulator. */
  readonly flags: readonly string[];
  /** Starts a proxy on free ports; it is stopped, and checked, at the end of the scenario. */
  startProxy(...args: readonly string[]): Promise<ProxyProcess>;
}

export async function setUp(options: EmulatorOptions = {}): Promise<Setting> {
  const folder = await mkdtemp(join(tmpdir(), 'alloydb-e2e-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const emulator = undo.use(await startEmulator(options));
  await emulator.createIamUser(serviceAccount);
  const keyFile = join(folder, 'key.json');
  await emulator.writeServiceAccountKey(keyFile, serviceAccount);
  const flags = ['--credentials-file', keyFile, '--alloydbadmin-api-endpoint', emulator.apiEndpoint, '--port', '0'];
  const started = undo.move();
  return {
    emulator,
    instance: emulator.instances[0]?.uri ?? assert.fail('the emulator has no instance'),
    keyFile,
    folder,
    flags,
    startProxy: async (...args) => started.use(await startProxy([...flags, ...args])),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
