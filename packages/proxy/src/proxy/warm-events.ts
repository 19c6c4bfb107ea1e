// What becomes of connections that are kept warm, published on node:diagnostics_channel for whoever counts them.

import { channel } from 'node:diagnostics_channel';

/** `instance` is its short name. */
export type WarmEvent =
  /** A connection was made that waits for a client. */
  | { readonly at: 'made'; readonly instance: string; readonly dialMs: number }
  /** None could be made; clients are connected as without. */
  | { readonly at: 'failed'; readonly instance: string; readonly error: unknown }
  /** A client got one. */
  | { readonly at: 'used'; readonly instance: string; readonly ageMs: number }
  /** A client came and there was none. */
  | { readonly at: 'missed'; readonly instance: string }
  /** One was given up unused, see {@link WarmEnd}. */
  | { readonly at: 'ended'; readonly instance: string; readonly why: WarmEnd };

/**
 * - `expired`: nobody came within its time.
 * - `dead`: the server ended it, or said something that nobody had asked for.
 * - `outdated`: the certificate, the addresses or the credentials have changed, its token has expired, or the DNS name
 *   points elsewhere.
 * - `dropped`: it is not wanted any more: the limits leave no room, the configuration has changed, the proxy drains.
 */
export type WarmEnd = 'expired' | 'dead' | 'outdated' | 'dropped';

export const warmChannel = channel('alloydb-auth-proxy:warm');

export function publishWarm(event: WarmEvent): void {
  if (warmChannel.hasSubscribers) warmChannel.publish(event);
}
