// Opens the listener of one instance and says in plain words why it cannot.

import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import type { ListenAt } from '../config/config.ts';
import { findPortHolder } from './port-holder.ts';
import { StartError } from './start-error.ts';

/**
 * Starts listening; resolves with the address as log lines show it, the real port included.
 *
 * @throws {StartError} naming the address and what stands in the way.
 */
export async function listen(server: Server, at: ListenAt): Promise<string> {
  return at.kind === 'tcp' ? listenTcp(server, at) : listenUnix(server, at.path);
}

async function listenTcp(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    await listening(server, { host, port });
  } catch (error) {
    throw listenError(hostAndPort(host, port), error, holderHint({ host, port }, error));
  }
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? hostAndPort(bound.address, bound.port) : hostAndPort(host, port);
}

async function listenUnix(server: Server, path: string): Promise<string> {
  try {
    // The folder keeps others out before the socket exists, and the socket by itself afterwards.
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await removeStale(path);
    await listening(server, { path });
    chmodSync(path, 0o600);
  } catch (error) {
    throw listenError(
      path,
      error,
      codeOf(error) === 'EADDRINUSE' ? 'another process listens there; choose another path' : undefined,
    );
  }
  return path;
}

async function listening(server: Server, options: { host: string; port: number } | { path: string }): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options, resolve);
  try {
    await promise;
  } finally {
    server.off('error', reject);
  }
}

/** A socket file outlives a process that was killed. It is removed only if nobody answers behind it. */
async function removeStale(path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const probe = connect({ path });
  probe.once('connect', () => resolve(false));
  probe.once('error', (error) => {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(code === 'ECONNREFUSED');
    else reject(error);
  });
  try {
    if ((await promise) && lstatSync(path).isSocket()) unlinkSync(path);
  } finally {
    probe.destroy();
  }
}

function listenError(address: string, error: unknown, hint: string | undefined): StartError {
  const code = codeOf(error);
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new StartError(`cannot listen on ${address}: ${reason}`, { cause: error, hint: hint ?? hints[code] });
}

function holderHint(place: { readonly host: string; readonly port: number }, error: unknown): string | undefined {
  if (codeOf(error) !== 'EADDRINUSE') return undefined;
  const holder = findPortHolder(place);
  const who = holder === undefined ? 'another process holds it' : `process ${holder.pid} (${holder.name}) holds it`;
  return `${who}; try --port ${place.port + 1}, or ?port=${place.port + 1} behind the instance`;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address in use',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'permission denied',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server did not answer',
};

const hints: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'use --address with an address of this machine, such as 127.0.0.1',
  EACCES: 'ports below 1024 and folders of others need more rights; choose a higher port or another folder',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
