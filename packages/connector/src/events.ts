// What the connector publishes on node:diagnostics_channel. Nothing is computed for a channel that nobody listens to.

import { channel } from 'node:diagnostics_channel';
import type { ConnectorError } from './errors.ts';
import type { IpType } from './instance/ip-type.ts';

/** A refresh of an instance's connection info began, succeeded or failed. */
export type RefreshEvent =
  | { readonly at: 'started'; readonly instance: string }
  | {
      readonly at: 'succeeded';
      readonly instance: string;
      readonly durationMs: number;
      /** Milliseconds since the epoch. */
      readonly certificateExpiresAt: number;
    }
  | {
      readonly at: 'failed';
      readonly instance: string;
      readonly durationMs: number;
      readonly error: ConnectorError;
      /** How long the certificate in use stays valid, in milliseconds; 0 when there is none. */
      readonly certificateLifeLeftMs: number;
      /** When the next attempt is made by itself; undefined when it waits for the next caller. */
      readonly retryInMs: number | undefined;
    };

/** A connection was established, or could not be. */
export type DialEvent =
  | {
      readonly at: 'succeeded';
      readonly instance: string;
      readonly address: string;
      readonly ipType: IpType;
      readonly durationMs: number;
    }
  | { readonly at: 'failed'; readonly instance: string; readonly durationMs: number; readonly error: ConnectorError };

export const refreshChannel = channel('alloydb-connector:refresh');
export const dialChannel = channel('alloydb-connector:dial');

export function publishRefresh(event: RefreshEvent): void {
  if (refreshChannel.hasSubscribers) refreshChannel.publish(event);
}

export function publishDial(event: DialEvent): void {
  if (dialChannel.hasSubscribers) dialChannel.publish(event);
}
