// Finds out which process listens on a TCP port, so that "address in use" can name it.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isIP } from 'node:net';

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

/**
 * Who stands in the way of listening at an address, where the system tells: on Linux, and for processes that this user may
 * inspect. One port can have several holders, each at an address of its own.
 */
export function findPortHolder(place: { readonly host: string; readonly port: number }): PortHolder | undefined {
  if (process.platform !== 'linux') return undefined;
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, place)));
  if (inodes.size === 0) return undefined;
  const pid = readDirectory('/proc').find((entry) => /^\d+$/.test(entry) && holdsSocket(entry, inodes));
  return pid === undefined ? undefined : { pid: Number(pid), name: readText(`/proc/${pid}/comm`).trim() };
}

/** Rows of the kernel's table: number, local address as HEX:PORT, remote address, state (0A listens), …, inode. */
function listeningInodes(table: string, place: { readonly host: string; readonly port: number }): readonly string[] {
  const wanted = place.port.toString(16).toUpperCase().padStart(4, '0');
  return readText(table)
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local = '', , state]) => {
      const [address = '', port] = local.split(':');
      return state === '0A' && port === wanted && overlaps(address, place.host);
    })
    .flatMap((cells) => cells[9] ?? []);
}

/** Whether a listener at the kernel's address keeps others from `host`: the same address, or all addresses on one side. */
function overlaps(kernelAddress: string, host: string): boolean {
  const address = readKernelAddress(kernelAddress);
  const everywhere = ['0.0.0.0', '::'];
  // A host name may stand for any address: then any holder of the port may be the one.
  return isIP(host) === 0 || address === host || everywhere.includes(address) || everywhere.includes(host);
}

/** Hexadecimal, in words of four bytes with the least significant one first; IPv4 also in IPv6's mapped form. */
function readKernelAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].toReversed());
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '::';
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
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
