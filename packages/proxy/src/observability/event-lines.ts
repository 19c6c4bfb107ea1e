// What happens to the proxy as lines of JSON for the program that has started it. The format is docs/events.md's.

import { type RefreshEvent, shortInstanceName, parseInstanceUri } from 'alloydb-connector';
import type { LifecycleEvent } from '../proxy/lifecycle-events.ts';
import type { BoundPlace } from '../proxy/listen.ts';
import type { SessionEvent } from '../proxy/session-events.ts';
import { problemOf } from './model/problem.ts';

/** Grows when a reader of the former one could misunderstand; new events and new members do not make it grow. */
export const eventsVersion = 1;

/** The members of a line besides `version` and `time`. */
export type EventLine = { readonly event: string } & Readonly<Record<string, unknown>>;

/** Undefined for what is of no use to others. */
export function lifecycleLine(event: LifecycleEvent): EventLine | undefined {
  switch (event.at) {
    case 'listening':
    case 'not-listening': {
      const { at, instance, uri, place } = event;
      return { event: at, instance, uri, ...placeOf(place) };
    }
    case 'stopping':
      return { event: 'draining', by: event.by };
    case 'state':
      // That it drains has been said already, with the reason.
      if (event.state === 'serving') return { event: 'ready' };
      return event.state === 'closing' ? { event: 'closing' } : undefined;
  }
}

export function refreshLine(event: RefreshEvent): EventLine {
  const instance = shortInstanceName(parseInstanceUri(event.instance));
  const about = { event: 'refresh', state: event.at, instance };
  switch (event.at) {
    case 'started':
      return about;
    case 'succeeded': {
      const { durationMs, certificateExpiresAt } = event;
      return { ...about, durationMs: tenths(durationMs), certificateExpiresAt: timeOf(certificateExpiresAt) };
    }
    case 'failed': {
      const { durationMs, error, certificateLifeLeftMs } = event;
      return { ...about, durationMs: tenths(durationMs), error: errorOf(error), certificateLifeLeftMs };
    }
  }
}

export function sessionLine(event: SessionEvent): EventLine {
  const about = { event: 'session', state: event.at, connection: event.id, instance: event.instance };
  switch (event.at) {
    case 'accepted':
      return { ...about, client: event.client };
    case 'waiting':
      return about;
    case 'admitted':
      return { ...about, waitedMs: tenths(event.waitedMs) };
    case 'refused':
      return { ...about, reason: event.reason };
    case 'connected': {
      const { address, ipType, dialMs } = event;
      return { ...about, address, ipType, dialMs: tenths(dialMs) };
    }
    case 'failed':
      return { ...about, durationMs: tenths(event.durationMs), error: errorOf(event.error) };
    case 'left':
      return { ...about, by: event.by, durationMs: tenths(event.durationMs) };
    case 'closed': {
      const { by, reason, error, durationMs, bytesFromClient, bytesToClient } = event;
      const end = { by, reason, error: error === undefined ? undefined : errorOf(error) };
      return { ...about, ...end, durationMs: tenths(durationMs), bytesFromClient, bytesToClient };
    }
  }
}

/** Message, code and hint, as far as it has them. */
export function errorOf(error: unknown): Readonly<Record<string, unknown>> {
  const { message, code, hint } = problemOf(error, 0);
  return { message, code, hint };
}

export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function placeOf(place: BoundPlace): Readonly<Record<string, unknown>> {
  const { kind: network, ...rest } = place;
  return { network, ...rest };
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
