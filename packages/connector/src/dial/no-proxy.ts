// NO_PROXY: the hosts that are reached without a proxy.

import { BlockList, isIP } from 'node:net';

export type HostMatcher = (host: string, port: number) => boolean;

/**
 * Reads a list separated by commas or blanks, with the meaning that Go's programs, and so the official proxy, give it:
 * `*` is every host; `example.com` is that host and all below it; `.example.com` and `*.example.com` are only those
 * below; an address or a CIDR range matches targets given as an address. Each but `*` and a range may end in `:PORT`.
 * Names are not resolved. An entry that makes no sense matches nothing: the variable is shared with other programs,
 * which may know forms that this one does not.
 */
export function parseNoProxy(text: string): HostMatcher {
  const matchers = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseEntry);
  return (host, port) => {
    const plain = normalizeHost(host);
    return matchers.some((matches) => matches(plain, port));
  };
}

/** Whether the host is this machine: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(host: string): boolean {
  const plain = normalizeHost(host);
  return plain === 'localhost' || inList(loopback, plain);
}

/** Whether the host is on this machine's own link, as the metadata server of a cloud is. */
export function isLinkLocal(host: string): boolean {
  return inList(linkLocal, normalizeHost(host));
}

const never: HostMatcher = () => false;

function parseEntry(entry: string): HostMatcher {
  if (entry === '*') return () => true;
  if (entry.includes('/')) return parseRange(entry);
  const { host, port } = splitPort(entry);
  const matchesHost = isIP(host) === 0 ? nameMatcher(host) : addressMatcher(host);
  return (target, targetPort) => (port === undefined || port === targetPort) && matchesHost(target);
}

function parseRange(entry: string): HostMatcher {
  const [address = '', prefix = '', ...more] = entry.split('/');
  const version = isIP(address);
  const valid = version !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
  if (!valid || more.length > 0) return never;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), familyOf(address));
  return (host) => inList(list, host);
}

function splitPort(entry: string): { readonly host: string; readonly port: number | undefined } {
  // An IPv6 address without brackets has colons of its own and no port.
  if (isIP(entry) !== 0) return { host: entry, port: undefined };
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(entry) ?? [];
  return { host: bracketed ?? plain ?? '', port: port === undefined ? undefined : Number(port) };
}

function addressMatcher(address: string): (host: string) => boolean {
  // A list of one, because an IPv6 address can be written in many ways.
  const list = new BlockList();
  list.addAddress(address, familyOf(address));
  return (host) => inList(list, host);
}

function nameMatcher(pattern: string): (host: string) => boolean {
  const belowOnly = pattern.startsWith('.') || pattern.startsWith('*.');
  const name = pattern.replace(/^\*?\./, '').replace(/\.$/, '');
  if (name === '') return () => false;
  return (host) => host.endsWith(`.${name}`) || (!belowOnly && host === name);
}

function inList(list: BlockList, host: string): boolean {
  return isIP(host) !== 0 && list.check(host, familyOf(host));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function normalizeHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
