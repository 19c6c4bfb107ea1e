// Sockets that systemd has opened before the program was started, and which instance each of them is for.

import { readFileSync, readlinkSync } from 'node:fs';
import { StartError } from '../proxy/start-error.ts';

/** A listening socket that was handed over. */
export interface ActivatedSocket {
  readonly fd: number;
  /** Of `FileDescriptorName=`; undefined when it has none. */
  readonly name: string | undefined;
}

/** One that was found to be that of an instance. */
export interface MatchedSocket {
  readonly fd: number;
  /** Where it is bound, as {@link Wanted.place}; undefined when that cannot be told. */
  readonly place: string | undefined;
}

/** What a listener is looked for by. */
export interface Wanted {
  /** Short name of the instance: `project.region.cluster.instance`. */
  readonly instance: string;
  /** `127.0.0.1:5432`, `[::1]:5432` or the path of a Unix socket. */
  readonly place: string;
}

// SD_LISTEN_FDS_START
const firstFd = 3;
/** What systemd calls a socket whose unit gives it no name. */
const noNames: ReadonlySet<string> = new Set(['', 'unknown', 'stored', 'connection']);

/** By sd_listen_fds(3): none when the variables are meant for another process. */
export function activatedSockets(env: NodeJS.ProcessEnv, pid: number = process.pid): readonly ActivatedSocket[] {
  if (env['LISTEN_PID'] !== String(pid)) return [];
  const count = Number(env['LISTEN_FDS']);
  if (!Number.isInteger(count) || count <= 0) return [];
  const names = (env['LISTEN_FDNAMES'] ?? '').split(':');
  return Array.from({ length: count }, (_, index) => {
    const name = names[index] ?? '';
    return { fd: firstFd + index, name: noNames.has(name) || name.endsWith('.socket') ? undefined : name };
  });
}

/** The name that a `.socket` unit gives to the socket of an instance. A colon would end it. */
export function socketName(instance: string): string {
  return instance.replaceAll(':', '_');
}

/**
 * The socket of each listener, by the name of the socket or else by its address; undefined for one that has to open its
 * own.
 *
 * @throws {StartError} for a socket that nobody wants: what the unit opens and what the proxy serves have come apart.
 */
export function matchSockets(
  sockets: readonly ActivatedSocket[],
  wanted: readonly Wanted[],
  placeOf: (fd: number) => string | undefined = boundPlaceOf,
): readonly (MatchedSocket | undefined)[] {
  const matched: (MatchedSocket | undefined)[] = wanted.map(() => undefined);
  for (const { fd, name } of sockets) {
    const place = placeOf(fd);
    const index = wanted.findIndex((each, at) => {
      if (matched[at] !== undefined) return false;
      return name === undefined ? each.place === place : socketName(each.instance) === name;
    });
    if (index === -1) throw unwanted(name, place);
    matched[index] = { fd, place };
  }
  return matched;
}

function unwanted(name: string | undefined, place: string | undefined): StartError {
  const what = `${name === undefined ? '' : `"${name}" `}on ${place ?? 'an unknown address'}`;
  return new StartError(`the socket ${what} that systemd has opened is that of no instance`, {
    hint: 'FileDescriptorName= of the .socket unit must be PROJECT.REGION.CLUSTER.INSTANCE, or ListenStream= the address of the instance; install the service again after changing its instances',
  });
}

/** What the kernel says of the socket behind a descriptor. Only Linux has systemd, and only it has these files. */
function boundPlaceOf(fd: number): string | undefined {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`)) ?? [];
    if (inode === undefined) return undefined;
    return unixPath(inode) ?? tcpPlace('/proc/net/tcp', inode) ?? tcpPlace('/proc/net/tcp6', inode);
  } catch {
    return undefined;
  }
}

/** Rows of `… Inode Path` in /proc/net/unix. */
function unixPath(inode: string): string | undefined {
  const rows = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return rows.map((row) => row.trim().split(/\s+/)).find((columns) => columns[6] === inode)?.[7];
}

/** Rows of `sl local_address …` with the inode in the tenth column; addresses are words in the byte order of the machine. */
function tcpPlace(file: string, inode: string): string | undefined {
  const rows = readFileSync(file, 'utf8').split('\n');
  const local = rows.map((row) => row.trim().split(/\s+/)).find((columns) => columns[9] === inode)?.[1];
  const [address = '', port = ''] = local?.split(':') ?? [];
  if (address === '') return undefined;
  const words = address.match(/.{8}/g) ?? [];
  const bytes = Buffer.concat(words.map((word) => Buffer.from(word, 'hex').toReversed()));
  const number = Number.parseInt(port, 16);
  if (bytes.length === 4) return `${bytes.join('.')}:${number}`;
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  // The shortest way of writing it, as everybody else does.
  return `${new URL(`http://[${groups.join(':')}]`).hostname}:${number}`;
}
