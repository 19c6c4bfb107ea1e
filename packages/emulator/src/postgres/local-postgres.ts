// Starts a PostgreSQL of the emulator's own, and stops it: without a trace, or with its data kept in a folder.

import { once } from 'node:events';
import { chown, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { EmulatorError } from '../emulator-error.ts';
import { findBinaries } from './binaries.ts';
import type { Database } from './database.ts';
import { prepareKeptData } from './kept-data.ts';
import { spawnGuardian } from './guardian.ts';
import { RunningPostgres } from './running-postgres.ts';
import { createTemporaryFolder } from './temporary-folder.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

export interface LocalPostgresOptions {
  readonly binDir: string | undefined;
  readonly password: string;
  /** Where the data stays from start to start; its parent is there. Default: it goes at close. */
  readonly keptData?: string | undefined;
  readonly log: (line: string) => void;
}

export interface LocalPostgres {
  readonly database: Database;
  readonly version: string;
  /** Everything it writes lies below this folder, which goes at close unless the data is kept. */
  readonly folder: string;
  close(): Promise<void>;
}

// The data lives no longer than the process, so nothing is done to survive a crash; the rest is for many short sessions.
const SETTINGS: Readonly<Record<string, string | number>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  max_connections: 500,
  shared_buffers: '32MB',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  jit: 'off',
  logging_collector: 'off',
  log_destination: 'stderr',
  lc_messages: 'C',
};

// What is to be there after a crash has to be on the disk.
const KEPT_SETTINGS = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' } as const;

/** @throws EmulatorError `POSTGRES_NOT_FOUND` or `POSTGRES_FAILED` */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  if (process.platform === 'win32') {
    throw new EmulatorError('POSTGRES_FAILED', 'Cannot start PostgreSQL on Windows', {
      hint: 'use a running one with --database-url, or run the emulator in WSL',
    });
  }
  const runAs = await unprivilegedUser();
  const folder = await createTemporaryFolder(runAs);
  try {
    const binaries = await findBinaries({ binDir: options.binDir, folder, runAs, log: options.log });
    const dataFolder = options.keptData ?? join(folder, 'data');
    if (options.keptData !== undefined) await prepareKeptData(options.keptData, { binaries, runAs });
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
    if (runAs !== undefined) await chown(passwordFile, runAs.uid, runAs.gid);
    const settings = options.keptData === undefined ? SETTINGS : { ...SETTINGS, ...KEPT_SETTINGS };
    const guardian = await spawnGuardian({
      binaries,
      folder,
      dataFolder,
      runAs,
      ports: await freePorts(5),
      settings,
    });
    const running = new RunningPostgres(guardian, folder, options.log);
    const port = await running.ready();
    return {
      database: { host: '127.0.0.1', port, user: 'postgres', password: options.password, database: 'postgres' },
      version: binaries.version,
      folder: options.keptData ?? folder,
      close: async () => running.close(),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Nobody can reserve a port for another process; several to try make it certain enough. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map(async (server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map(async (server) => once(server.close(), 'close')));
  return ports;
}
