// Runs the emulator as a program, from its arguments to its end.

import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Emulator } from '../emulator.ts';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { checkKeyFilePath } from '../iam/key-file.ts';
import { serviceAccountOf } from '../iam/principal.ts';
import { DEFAULT_INSTANCE } from '../options.ts';
import { parseInstanceName } from '../resource-name.ts';
import { startEmulator } from '../start-emulator.ts';
import { HELP, readArguments, type Command } from './arguments.ts';
import { banner } from './banner.ts';

export interface Edge {
  readonly argv: readonly string[];
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
  const emulator = await startEmulator({ ...command.options, log });
  try {
    if (command.grpcAuthority !== undefined) await writeFile(command.grpcAuthority, emulator.grpc?.authority ?? '');
    const { caFile } = command;
    if (caFile !== undefined) {
      const roots = new Set(emulator.instances.map(({ uri }) => emulator.caCertificate(uri)));
      await writeFile(caFile, [...roots].join(''));
    }
    const [first, ...others] = command.iamUsers.length > 0 ? command.iamUsers : [defaultIamUser(emulator)];
    if (first === undefined) return;
    const iamUser = await emulator.createIamUser(first);
    for (const other of others) await emulator.createIamUser(other);
    if (keyFile === undefined) {
      edge.print(
        banner(emulator, { iamUser, credentials: { token: emulator.mintToken(first) }, startMs: edge.uptimeMs() }),
      );
      await edge.stop;
      return;
    }
    await emulator.writeServiceAccountKey(keyFile, first);
    try {
      edge.print(banner(emulator, { iamUser, credentials: { keyFile: resolve(keyFile) }, startMs: edge.uptimeMs() }));
      await edge.stop;
    } finally {
      // The key dies with the emulator that knows it.
      await rm(keyFile, { force: true });
    }
  } finally {
    await emulator.close();
  }
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
