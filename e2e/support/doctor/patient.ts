// Somebody whose connection works, with a project, an account and an instance of their own, for a scenario to break.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, type EmulatorInstance, startEmulator } from 'alloydb-emulator';
import { freePorts } from '../free-ports.ts';

export interface Patient {
  readonly emulator: Emulator;
  readonly project: string;
  readonly instance: EmulatorInstance;
  /** The cluster's other instance. */
  readonly replica: EmulatorInstance;
  readonly account: string;
  /** The account as a user of the database. */
  readonly iamUser: string;
  readonly keyFile: string;
  readonly keyId: string;
  readonly folder: string;
  /** Free, and so is the next one. */
  readonly port: number;
  readonly run: (change?: RunChange) => Run;
}

/** What is different from a run that finds nothing wrong. */
export interface RunChange {
  readonly credentials?: readonly string[];
  /** Undefined logs nobody in. */
  readonly user?: string | undefined;
  /** In place of `--auto-iam-authn`. */
  readonly login?: readonly string[];
  readonly instance?: string;
  readonly listen?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly openFiles?: number;
}

export interface Run {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly openFiles?: number;
}

export interface Ward extends AsyncDisposable {
  readonly emulator: Emulator;
  /** A new one each time. */
  admit(): Promise<Patient>;
}

/** One emulator for so many patients, of whom none can get in the way of another. */
export async function openWard(beds: number): Promise<Ward> {
  const folder = mkdtempSync(join(tmpdir(), 'alloydb-doctor-'));
  const instances = Array.from({ length: beds }, (_, bed) => {
    const cluster = `projects/bed-${bed}/locations/us-central1/clusters/demo/instances`;
    return [`${cluster}/primary`, { uri: `${cluster}/replica`, type: 'READ_POOL' as const }];
  });
  const emulator = await startEmulator({ defaultRoles: [], instances: instances.flat() });
  let taken = 0;
  return {
    emulator,
    admit: () => admit(emulator, folder, taken++),
    async [Symbol.asyncDispose]() {
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function admit(emulator: Emulator, wardFolder: string, bed: number): Promise<Patient> {
  const project = `bed-${bed}`;
  const account = `doctor@${project}.iam.gserviceaccount.com`;
  const folder = mkdtempSync(join(wardFolder, 'of-'));
  const keyFile = join(folder, 'key.json');
  const iamUser = await emulator.createIamUser(account);
  for (const role of ['roles/alloydb.client', 'roles/alloydb.databaseUser'] as const) {
    emulator.revokeRole(account, role);
    emulator.grantRole(account, { role, on: `projects/${project}` });
  }
  emulator.grantRole(account, { role: 'roles/serviceusage.serviceUsageConsumer', on: `projects/${project}` });
  const { private_key_id: keyId } = await emulator.writeServiceAccountKey(keyFile, account);
  const [instance = assert.fail('there are more patients than beds'), replica = assert.fail()] =
    emulator.instances.slice(2 * bed);
  const port = await freePorts(2);
  const run = (change: RunChange = {}): Run => {
    const {
      credentials = ['--credentials-file', keyFile],
      login = ['--auto-iam-authn'],
      listen = ['--port', String(port)],
    } = change;
    const user = 'user' in change ? change.user : iamUser;
    return {
      args: [
        ...credentials,
        ...login,
        ...listen,
        ...(user === undefined ? [] : ['--user', user]),
        ...(change.args ?? []),
        change.instance ?? instance.uri,
      ],
      env: { HOME: folder, ALLOYDB_EMULATOR_HOST: emulator.metadataHost, ...change.env },
      ...(change.openFiles === undefined ? {} : { openFiles: change.openFiles }),
    };
  };
  return { emulator, project, instance, replica, account, iamUser, keyFile, keyId, folder, port, run };
}
