// What the `pg` driver takes in place of a host: a function that makes a stream, which dials when it is told to connect.

import type { Duplex } from 'node:stream';
import { type Dial, DialingStream } from './dialing-stream.ts';

export interface PgStreamOptions {
  /** Makes one unconnected stream; `pg` calls its `connect()`. */
  readonly stream: () => Duplex;
  /** The connection is encrypted already; without this, PGSSLMODE would put a second TLS inside. */
  readonly ssl: false;
}

export function pgStream(dial: Dial): PgStreamOptions {
  return { stream: () => new DialingStream(dial), ssl: false };
}
