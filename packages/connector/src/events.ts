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

/**
 * What a dial is made of, in this order: connection info from the cache, which waits for a refresh when it has none; an
 * access token; TCP; TLS; the metadata exchange.
 */
export type DialPhase = 'cache' | 'token' | 'tcp' | 'tls' | 'exchange';

export interface DialPhaseTiming {
  readonly phase: DialPhase;
  /** Milliseconds since the epoch, with fractions. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Host and port that were tried; undefined for phases that reach no server of the instance. */
  readonly address: string | undefined;
  readonly isFailed: boolean;
}

interface DialFacts {
  /** Full URI. */
  readonly instance: string;
  /** What the caller gave with the dial to tell it apart; undefined when it gave nothing. */
  readonly reference: number | string | undefined;
  /** Milliseconds since the epoch, with fractions. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** As they came; a phase comes again for each address that `AUTO` tries, and when the dial is tried once more. */
  readonly phases: readonly DialPhaseTiming[];
}

/** A connection was established, could not be, or was no longer wanted. Only dials that began while somebody listened. */
export type DialEvent =
  | (DialFacts & {
      readonly at: 'succeeded';
      readonly address: string;
      readonly ipType: IpType;
      /** Why this kind of address: asked for, or chosen by `AUTO`, with what was tried before it. */
      readonly choice: string;
      /** `directly`, or through which proxy. */
      readonly route: string;
    })
  | (DialFacts & { readonly at: 'failed'; readonly error: ConnectorError })
  /** Its caller gave up, or the connector was closed. */
  | (DialFacts & { readonly at: 'aborted' });

/** A new access token was had from wherever the credentials come from, or could not be. */
export type TokenEvent =
  | {
      readonly at: 'renewed';
      readonly durationMs: number;
      /** Milliseconds since the epoch; undefined when the source does not say. */
      readonly expiresAt: number | undefined;
    }
  | { readonly at: 'failed'; readonly durationMs: number; readonly error: unknown };

/** Something that works for now and needs attention, such as a credential file that others can read. */
export interface WarningEvent {
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | undefined;
}

export const refreshChannel = channel('alloydb-connector:refresh');
export const dialChannel = channel('alloydb-connector:dial');
export const tokenChannel = channel('alloydb-connector:token');
export const warningChannel = channel('alloydb-connector:warning');

export function publishRefresh(event: RefreshEvent): void {
  if (refreshChannel.hasSubscribers) refreshChannel.publish(event);
}

export function publishDial(event: DialEvent): void {
  dialChannel.publish(event);
}

export function publishToken(event: TokenEvent): void {
  if (tokenChannel.hasSubscribers) tokenChannel.publish(event);
}

export function publishWarning(event: WarningEvent): void {
  if (warningChannel.hasSubscribers) warningChannel.publish(event);
}
