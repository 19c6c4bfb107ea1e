// What happens to clients, published on node:diagnostics_channel for whoever counts, traces or shows it.

import { channel } from 'node:diagnostics_channel';
import type { IpType } from 'alloydb-connector';
import type { CloseReason } from '../relay/close-reason.ts';
import type { ProxyEnd } from './farewell.ts';

/** Why a client was turned away before its instance was dialled. */
export type RefusalReason = 'max-connections' | 'open-files' | 'shutting-down' | 'not-allowed' | 'local-tls';

export interface Traffic {
  readonly bytesFromClient: number;
  readonly bytesToClient: number;
}

interface OfSession {
  /** Number of the session in this process. */
  readonly id: number;
  /** Short name of the instance. */
  readonly instance: string;
}

/**
 * The life of a session is `accepted`, then perhaps `waiting` and `admitted`, and one of `refused`, `left`, `failed` or
 * `connected`; `connected` is followed by `closed`. A client that is turned away at the listener has `refused` alone. A
 * cancel request whose sender was refused first is served after all: it has `connected` and `closed` behind `refused`.
 */
export type SessionEvent = OfSession &
  (
    | {
        readonly at: 'accepted';
        /** Address and port; undefined for a unix socket, which has none. */
        readonly client: string | undefined;
      }
    /** Every place is taken: it waits in the queue. */
    | { readonly at: 'waiting' }
    | { readonly at: 'admitted'; readonly waitedMs: number }
    | { readonly at: 'refused'; readonly reason: RefusalReason }
    | {
        readonly at: 'connected';
        readonly dialMs: number;
        /** Address and port that were dialled. */
        readonly address: string;
        readonly ipType: IpType;
        /** Says what has gone through so far, while the session lasts. */
        readonly traffic: () => Traffic;
      }
    | { readonly at: 'failed'; readonly error: unknown; readonly durationMs: number }
    /** Over before there was a connection or a refusal. */
    | { readonly at: 'left'; readonly by: 'client' | 'proxy'; readonly durationMs: number }
    | (Traffic & {
        readonly at: 'closed';
        readonly by: CloseReason['by'] | 'proxy';
        /** Why the proxy did it; undefined when it was not the proxy. */
        readonly reason: ProxyEnd | undefined;
        /** What ended it; undefined when a side simply finished. */
        readonly error: Error | undefined;
        /** Since the client came. */
        readonly durationMs: number;
      })
  );

export const sessionChannel = channel('alloydb-auth-proxy:session');

export function publishSession(event: SessionEvent): void {
  if (sessionChannel.hasSubscribers) sessionChannel.publish(event);
}
