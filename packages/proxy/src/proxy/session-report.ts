// What the log says about a connection at its two ends, with all that is known of it.

import type { LogFields } from '../observability/logger.ts';
import type { ProxyEnd } from './farewell.ts';
import type { Traffic } from './session-events.ts';

/** What stays the same from its first moment to its last. */
export interface SessionIdentity {
  readonly id: number;
  /** Short name of the instance. */
  readonly instance: string;
  /** Address and port; undefined for a unix socket. */
  readonly client: string | undefined;
}

/** What a successful dial adds. */
export interface SessionRoute {
  readonly address: string;
  readonly ipType: string;
  readonly dialMs: number;
}

export interface SessionEnd extends Traffic {
  readonly by: 'client' | 'instance' | 'proxy';
  readonly reason: ProxyEnd | undefined;
  readonly error: Error | undefined;
  readonly durationMs: number;
}

export interface Entry {
  readonly text: string;
  readonly fields: LogFields;
}

/** For every line of one connection. */
export function sessionFields({ id, instance, client }: SessionIdentity): LogFields {
  return { connection: id, instance, ...(client === undefined ? {} : { client }) };
}

/** The official proxy's words, and the number that joins this line with the last one. */
export function openEntry(session: SessionIdentity): Entry {
  return {
    text: `accepted connection from ${session.client ?? 'a unix socket'} (connection ${session.id})`,
    fields: sessionFields(session),
  };
}

/** @param words who ended it and why. */
export function closeEntry(words: string, session: SessionIdentity, route: SessionRoute, end: SessionEnd): Entry {
  const { id, client } = session;
  const { address, ipType } = route;
  const { by, reason, error, bytesFromClient, bytesToClient } = end;
  const [dialMs, durationMs] = [Math.round(route.dialMs), Math.round(end.durationMs)];
  const details = [
    client === undefined ? `connection ${id}` : `connection ${id} from ${client}`,
    `${ipType} ${address}`,
    `dialled in ${dialMs} ms`,
    `open for ${(durationMs / 1000).toFixed(1)} s`,
    `${bytesFromClient} bytes from the client, ${bytesToClient} to it`,
  ];
  return {
    text: `${words} (${details.join(', ')})`,
    fields: {
      ...sessionFields(session),
      address,
      ipType,
      dialMs,
      durationMs,
      bytesFromClient,
      bytesToClient,
      closedBy: by,
      ...(reason === undefined ? {} : { closeReason: reason }),
      ...(error === undefined ? {} : { closeError: error.message }),
    },
  };
}
