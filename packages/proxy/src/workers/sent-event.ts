// An event of a diagnostics channel on its way from a worker to the primary process: as plain values.

import { type SessionEvent, sessionChannel } from '../proxy/session-events.ts';
import { receiveError, type SentError, sendError } from './sent-error.ts';

/** Without what cannot leave its process: errors go as what is shown of them, functions not at all. */
export function sendEvent(event: object): object {
  const plain = Object.entries(event).filter(([, value]) => typeof value !== 'function');
  return Object.fromEntries(plain.map(([name, value]) => [name, name === 'error' && value ? sendError(value) : value]));
}

export function receiveEvent(event: object): object {
  // Members that are there and undefined are lost on the way.
  const { error } = event as { readonly error?: SentError };
  return { ...event, error: error === undefined ? undefined : receiveError(error) };
}

export function isSessionEvent(channel: string, event: object): event is SessionEvent {
  return channel === sessionChannel.name && 'at' in event;
}
