// Which addresses of an instance to dial, in which order, and why.

import { isIPv6 } from 'node:net';
import { ConnectorError } from '../errors.ts';
import { autoOrder, type IpType, type IpTypeOption, ipTypes } from '../instance/ip-type.ts';
import { formatInstanceUri } from '../instance/uri.ts';
import type { ConnectionInfo } from '../refresh/connection-info.ts';

export interface Candidate {
  readonly ipType: IpType;
  readonly address: string;
}

/**
 * The addresses to try, best first; one unless `AUTO` was asked for.
 *
 * @throws {ConnectorError} `ADDRESS_MISSING`, naming the kinds that the instance has.
 */
export function candidates(
  { addresses, instance }: Pick<ConnectionInfo, 'addresses' | 'instance'>,
  asked: IpTypeOption,
): readonly Candidate[] {
  const wanted = asked === 'AUTO' ? autoOrder : [asked];
  const found = wanted.flatMap((ipType) => {
    const address = addresses[ipType];
    return address === undefined ? [] : [{ ipType, address }];
  });
  if (found.length > 0) return found;
  const uri = formatInstanceUri(instance);
  const present = ipTypes.filter((kind) => addresses[kind] !== undefined);
  const lacks = asked === 'AUTO' ? 'no address yet' : `no ${asked} address, only: ${present.join(', ') || 'none'}`;
  throw new ConnectorError('ADDRESS_MISSING', `Cannot connect to "${uri}": it has ${lacks}`, {
    instance: uri,
    hint: present[0] === undefined ? 'wait until the instance is ready' : hints[present[0]],
  });
}

const hints: Readonly<Record<IpType, string>> = {
  PRIVATE: 'leave out --public-ip and --psc to use its private address',
  PUBLIC: 'use --public-ip, or give the instance a private address',
  PSC: 'use --psc to connect through Private Service Connect',
};

/** `10.0.0.5:5433`, `[fd00::5]:5433`. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Reads `HOST`, `HOST:PORT` or `[IPV6]:PORT`.
 *
 * @throws {ConnectorError} `INVALID_OPTION`
 */
export function parseDialAddress(text: string, defaultPort: number): { readonly host: string; readonly port: number } {
  // Without brackets nothing tells the last group of an IPv6 address from a port, so it is all address.
  if (isIPv6(text)) return { host: text, port: defaultPort };
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^\s:[\]/]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed === undefined || isIPv6(bracketed) ? (bracketed ?? plain) : undefined;
  const number = port === undefined ? defaultPort : Number(port);
  if (host !== undefined && number > 0 && number <= 65_535) return { host, port: number };
  throw new ConnectorError(
    'INVALID_OPTION',
    `Cannot use "${text}" as an address to dial: it is not HOST or HOST:PORT`,
    {
      hint: `write it like bastion.example.com:${defaultPort}`,
    },
  );
}
