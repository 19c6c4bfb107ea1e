// What postgres.js takes in place of a host: a function that makes a connected socket.

import type { Duplex } from 'node:stream';
import { type Dial, DialingStream } from './dialing-stream.ts';

export interface PostgresJsOptions {
  /** Makes the stream of one connection. postgres.js calls it for each connection that it opens. */
  readonly socket: () => Duplex;
  /** Names the instance in errors of postgres.js, where PGHOST would otherwise stand, or several hosts to be tried. */
  readonly host: string;
  /** The connection is encrypted already; without this, PGSSL would put a second TLS inside. */
  readonly ssl: false;
}

export interface PostgresJsTarget {
  readonly dial: Dial;
  /** Short name of the instance. */
  readonly name: string;
}

const serverProxyPort = 5433;

/**
 * The stream is handed out before its connection stands: postgres.js loses a place of its pool for good when the function
 * rejects, and starts its connect_timeout only when the function has returned. As it is, a failed dial is an error of
 * the socket like any other, the time limit covers it, and `end()` gives it up.
 */
export function postgresJsSocket({ dial, name }: PostgresJsTarget): PostgresJsOptions {
  // postgres.js reads host and port off the socket for the text of its CONNECT_TIMEOUT.
  const socket = (): Duplex => Object.assign(new DialingStream(dial).connect(), { host: name, port: serverProxyPort });
  return { socket, host: name, ssl: false };
}
