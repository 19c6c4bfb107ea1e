// Addresses to listen on: an IP address or a host name, without a port.

import { isIP } from 'node:net';

const LABEL = /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/i;

/** The host as it was written; undefined when it is neither an IP address nor a host name. */
export function parseHost(text: string): string | undefined {
  if (isIP(text) !== 0) return text;
  // Digits and dots alone are an IPv4 address with a mistake in it, never a name.
  if (/^[\d.]+$/.test(text) || text.length > 253) return undefined;
  return text
    .replace(/\.$/, '')
    .split('.')
    .every((label) => LABEL.test(label))
    ? text
    : undefined;
}
