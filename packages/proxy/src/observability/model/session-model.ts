// One client that is there now, as metrics and the status page see it.

import type { Traffic } from '../../proxy/session-events.ts';

/**
 * - `waiting`: every place is taken, and it is in the queue.
 * - `dialling`: it has a place, and its instance is being connected.
 * - `connected`: bytes go through. `traffic` counts them.
 */
export type SessionState =
  | { readonly at: 'waiting' }
  | { readonly at: 'dialling' }
  | {
      readonly at: 'connected';
      readonly address: string;
      readonly ipType: string;
      readonly dialMs: number;
      readonly traffic: () => Traffic;
    };

export interface SessionModel {
  /** Number of the session in this process, as in the log. */
  readonly id: number;
  /** Short name of the instance. */
  readonly instance: string;
  /** Address and port; undefined for a unix socket. */
  readonly client: string | undefined;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly state: SessionState;
}

const nothing: Traffic = { bytesFromClient: 0, bytesToClient: 0 };

/** What has gone through so far. */
export function trafficOf({ state }: SessionModel): Traffic {
  return state.at === 'connected' ? state.traffic() : nothing;
}
