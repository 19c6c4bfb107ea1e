// Opens the listener of one instance and says in plain words why it cannot.

import type { Server } from 'node:net';
import { dirname } from 'node:path';
import type { ListenAt } from '../config/config.ts';
import { listenUnix } from './listen-unix.ts';
import { listening } from './listening.ts';
import { findPortHolder } from './port-holder.ts';
import { StartError } from './start-error.ts';

/** Which flags set an address and a port, so that hints can name them. */
export interface ListenFlags {
  /** Missing when the address cannot be chosen. */
  readonly address?: string;
  readonly port: string;
}

/** Where a server listens, the port that the system has chosen included. */
export type BoundPlace =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** `folder` is what clients are told; the socket in it has PostgreSQL's name. */
  | { readonly kind: 'unix'; readonly folder: string };

/** Undefined while it does not listen. */
export function boundPlace(server: Server): BoundPlace | undefined {
  const bound = server.address();
  if (bound === null) return undefined;
  if (typeof bound === 'string') return { kind: 'unix', folder: dirname(bound) };
  return { kind: 'tcp', host: bound.address, port: bound.port };
}

export interface TcpPlace {
  readonly host: string;
  readonly port: number;
}

/**
 * Starts listening; resolves with the address as log lines show it, the real port included.
 *
 * @throws {StartError} naming the address and what stands in the way.
 */
export async function listen(server: Server, at: ListenAt & { readonly flags?: ListenFlags }): Promise<string> {
  if (at.kind === 'tcp') return listenTcp(server, at);
  try {
    await listenUnix(server, at);
  } catch (error) {
    throw unixListenError(at.path, error);
  }
  return at.path;
}

export function unixListenError(path: string, error: unknown): StartError {
  return startError(path, error, unixHints[codeOf(error)]);
}

/**
 * Takes over a socket that listens already; resolves with its address as log lines show it.
 *
 * @throws {StartError} when it is none.
 */
export async function listenOnDescriptor(server: Server, fd: number): Promise<string> {
  try {
    await listening(server, { fd });
  } catch (error) {
    throw startError(`the descriptor ${fd}`, error, 'the service manager has opened it: see its .socket unit');
  }
  const bound = server.address();
  return typeof bound === 'string' ? bound : (boundAddress(server) ?? `the descriptor ${fd}`);
}

async function listenTcp(
  server: Server,
  { host, port, flags }: TcpPlace & { readonly flags?: ListenFlags },
): Promise<string> {
  try {
    await listening(server, { host, port });
  } catch (error) {
    throw listenError({ host, port }, error, flags);
  }
  return boundAddress(server) ?? hostAndPort(host, port);
}

/** The address that a TCP server really has, as log lines show it. */
export function boundAddress(server: Server): string | undefined {
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? hostAndPort(bound.address, bound.port) : undefined;
}

export function listenError(place: TcpPlace, error: unknown, flags?: ListenFlags): StartError {
  return startError(hostAndPort(place.host, place.port), error, hintFor(place, error, flags));
}

function startError(address: string, error: unknown, hint: string | undefined): StartError {
  const code = codeOf(error);
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new StartError(`cannot listen on ${address}: ${reason}`, { cause: error, hint: hint ?? hints[code] });
}

function hintFor(place: TcpPlace, error: unknown, flags: ListenFlags | undefined): string | undefined {
  switch (codeOf(error)) {
    case 'EADDRNOTAVAIL': {
      const flag = flags === undefined ? '--address' : flags.address;
      return flag === undefined ? undefined : `use ${flag} with an address of this machine, such as 127.0.0.1`;
    }
    case 'EADDRINUSE': {
      const who = `${describeHolder(place)} holds it`;
      const other = place.port + 1;
      if (flags !== undefined) return `${who}; try ${flags.port} ${other}`;
      return `${who}; try --port ${other}, or ?port=${other} behind the instance`;
    }
    default:
      return undefined;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address in use',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'permission denied',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server did not answer',
};

const hints: Readonly<Record<string, string>> = {
  EACCES: 'ports below 1024 and folders of others need more rights; choose a higher port or another folder',
};

const unixHints: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there; choose another path',
  EPERM:
    'only root may give the socket to a group that this user is not in; join it, or choose another --unix-socket-group',
};

/** `process 812 (postgres)`, or `another process` where the system does not tell. */
export function describeHolder(place: TcpPlace): string {
  const holder = findPortHolder(place);
  return holder === undefined ? 'another process' : `process ${holder.pid} (${holder.name})`;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
