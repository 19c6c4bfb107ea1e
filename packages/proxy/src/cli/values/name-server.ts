// Name servers: an IP address, with a port unless it is 53.

import { isIP } from 'node:net';
import { parseWholeNumber } from './whole-number.ts';

/** `IP`, `IPv4:PORT` or `[IPv6]:PORT`, the forms that node:dns takes; undefined for anything else. */
export function parseNameServer(text: string): string | undefined {
  if (isIP(text) !== 0) return text;
  const [, v6, v4, port = '53'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  const number = parseWholeNumber(port, 65_535) ?? 0;
  if (number === 0) return undefined;
  return isIP(v4 ?? '') === 4 || isIP(v6 ?? '') === 6 ? text : undefined;
}
