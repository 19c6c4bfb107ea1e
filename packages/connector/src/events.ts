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
    };

/** A connection was established, or could not be. */
export type DialEvent =
  | {
      readonly at: 'succeeded';
      readonly instance: string;
      readonly address: string;
      readonly ipType: IpType;
      /** Why this kind of address: asked for, or chosen by `AUTO`, with what was tried before it. */
      readonly choice: string;
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

/** Something that works for now and needs attention, such as a credential file that others can read. */
export interface WarningEvent {
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | undefined;
}

export const warningChannel = channel('alloydb-connector:warning');

export function publishWarning(event: WarningEvent): void {
  if (warningChannel.hasSubscribers) warningChannel.publish(event);
}
