// Runs the emulator as a program, from its arguments to its end.

import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Emulator } from '../emulator.ts';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { checkKeyFilePath } from '../iam/key-file.ts';
import { databaseUserOf, principalOf, serviceAccountOf } from '../iam/principal.ts';
import { DEFAULT_INSTANCE } from '../options.ts';
import { parseInstanceName } from '../resource-name.ts';
import { startEmulator } from '../start-emulator.ts';
import { HELP, readArguments, type Command } from './arguments.ts';
import { controlClient } from './control-client.ts';
import { banner } from './banner.ts';

export interface Edge {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Milliseconds since the program began. */
  readonly uptimeMs: () => number;
  /** Resolves when the user wants it to stop. */
  readonly stop: Promise<void>;
}

/** Resolves to the exit code. */
export async function run(edge: Edge): Promise<number> {
  try {
    const command = readArguments(edge.argv);
    switch (command.is) {
      case 'help':
        edge.print(HELP);
        break;
      case 'version':
        edge.print(`alloydb-emulator ${readVersion()}\n`);
        break;
      case 'control': {
        const { row, names, values, url } = command;
        edge.print(await row.run({ client: controlClient(url, edge.env), names, values }));
        break;
      }
      case 'start':
        await serve(command, edge);
        break;
    }
    return 0;
  } catch (error) {
    edge.printError(`alloydb-emulator: error: ${uncapitalised(reasonOf(error))}\n`);
    const hint = error instanceof EmulatorError ? error.hint : undefined;
    if (hint !== undefined) edge.printError(`alloydb-emulator: hint: ${hint}\n`);
    return 1;
  }
}

async function serve(command: Extract<Command, { is: 'start' }>, edge: Edge): Promise<void> {
  const { keyFile } = command;
  if (keyFile !== undefined) await checkKeyFilePath(keyFile);
  const log = (line: string): void => edge.printError(`alloydb-emulator: ${line}\n`);
  const asked = Promise.withResolvers<void>();
  const stopped = Promise.race([edge.stop, asked.promise]);
  const emulator = await startEmulator({ ...command.options, log, onStop: () => asked.resolve() });
  const kept = command.options.stateDir;
  try {
    if (command.grpcAuthority !== undefined) await writeFile(command.grpcAuthority, emulator.grpc?.authority ?? '');
    const { caFile } = command;
    if (caFile !== undefined) {
      const roots = new Set(emulator.instances.map(({ uri }) => emulator.caCertificate(uri)));
      await writeFile(caFile, [...roots].join(''));
    }
    const first = command.iamUsers[0] ?? knownIamUser(emulator) ?? defaultIamUser(emulator);
    // One that is there keeps the roles that it has by now.
    for (const user of new Set([first, ...command.iamUsers]))
      if (!isKnown(emulator, user)) await emulator.createIamUser(user);
    const facts = { iamUser: databaseUserOf(first), kept };
    if (keyFile === undefined) {
      const token = emulator.mintToken(first);
      edge.print(banner(emulator, { ...facts, credentials: { token }, startMs: edge.uptimeMs() }));
      await stopped;
      return;
    }
    await emulator.writeServiceAccountKey(keyFile, first);
    try {
      edge.print(banner(emulator, { ...facts, credentials: { keyFile: resolve(keyFile) }, startMs: edge.uptimeMs() }));
      await stopped;
    } finally {
      // The key dies with the emulator that knows it, unless that comes back.
      if (kept === undefined) await rm(keyFile, { force: true });
    }
  } finally {
    await emulator.close();
  }
}

function isKnown(emulator: Emulator, principal: string): boolean {
  return emulator.fleet.status().users.some(({ name }) => name === databaseUserOf(principal));
}

/** One that the state file or the state folder has brought. */
function knownIamUser(emulator: Emulator): string | undefined {
  const user = emulator.fleet.status().users.find(({ type }) => type === 'ALLOYDB_IAM_USER');
  return user === undefined ? undefined : principalOf(user.name);
}

function defaultIamUser(emulator: Emulator): string {
  const { project } = parseInstanceName(emulator.instances[0]?.uri ?? DEFAULT_INSTANCE);
  return serviceAccountOf('app', project);
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

function uncapitalised(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
