// Finds out which process listens on a TCP port, so that "address in use" can name it.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

/** The holder of a listening port, where the system tells: on Linux, and for processes that this user may inspect. */
export function findPortHolder(port: number): PortHolder | undefined {
  if (process.platform !== 'linux') return undefined;
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  const pid = readDirectory('/proc').find((entry) => /^\d+$/.test(entry) && holdsSocket(entry, inodes));
  return pid === undefined ? undefined : { pid: Number(pid), name: readText(`/proc/${pid}/comm`).trim() };
}

/** Rows of the kernel's table: number, local address as HEX:PORT, remote address, state (0A listens), …, inode. */
function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readText(table)
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter((cells) => cells[1]?.endsWith(wanted) === true && cells[3] === '0A')
    .flatMap((cells) => cells[9] ?? []);
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  return readDirectory(`/proc/${pid}/fd`).some((fd) => {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`)) ?? [];
    return inode !== undefined && inodes.has(inode);
  });
}

// Processes end while they are being looked at, and those of others cannot be read: both simply hold nothing.
function readDirectory(path: string): readonly string[] {
  return orElse(() => readdirSync(path), []);
}

function readText(path: string): string {
  return orElse(() => readFileSync(path, 'utf8'), '');
}

function readLink(path: string): string {
  return orElse(() => readlinkSync(path), '');
}

function orElse<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}
