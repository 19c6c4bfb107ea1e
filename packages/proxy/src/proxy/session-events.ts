// What happens to clients, published on node:diagnostics_channel for whoever counts or traces it.

import { channel } from 'node:diagnostics_channel';
import type { CloseReason } from '../relay/close-reason.ts';
import type { ProxyEnd } from './farewell.ts';

/** Why a client was turned away before its instance was dialled. */
export type RefusalReason = 'max-connections' | 'shutting-down' | 'not-allowed' | 'local-tls';

export type SessionEvent =
  | { readonly at: 'accepted'; readonly id: number; readonly instance: string }
  | { readonly at: 'refused'; readonly id: number; readonly instance: string; readonly reason: RefusalReason }
  | { readonly at: 'connected'; readonly id: number; readonly instance: string; readonly dialMs: number }
  | { readonly at: 'failed'; readonly id: number; readonly instance: string; readonly error: unknown }
  | {
      readonly at: 'closed';
      readonly id: number;
      readonly instance: string;
      readonly by: CloseReason['by'] | 'proxy';
      /** Why the proxy did it; undefined when it was not the proxy. */
      readonly reason: ProxyEnd | undefined;
      readonly bytesFromClient: number;
      readonly bytesToClient: number;
    };

export const sessionChannel = channel('alloydb-auth-proxy:session');

export function publishSession(event: SessionEvent): void {
  if (sessionChannel.hasSubscribers) sessionChannel.publish(event);
}
