// What a connection to the sink begins with: 16 bytes that say what the sink has to do.

export type Verb = 'give' | 'take' | 'echo';

export interface Order {
  /** `give`: the sink sends so many bytes. `take`: it takes so many, then sends one. `echo`: it sends one, then all it gets. */
  readonly verb: Verb;
  readonly bytes: number;
}

export const orderLength = 16;

/** A DNS name in the sink's certificate. */
export const sinkName = 'sink.bench.alloydb-psc.goog';

/** As a length these letters announce more than a gigabyte: no proxy takes them for PostgreSQL. */
export function encodeOrder({ verb, bytes }: Order): Buffer {
  const order = Buffer.alloc(orderLength);
  order.write(verb, 'latin1');
  order.writeDoubleBE(bytes, 8);
  return order;
}

/** @throws {Error} when the bytes are no order. */
export function decodeOrder(bytes: Buffer): Order {
  const verb = bytes.toString('latin1', 0, 4);
  if (verb !== 'give' && verb !== 'take' && verb !== 'echo')
    throw new Error(`no order begins with ${JSON.stringify(verb)}`);
  return { verb, bytes: bytes.readDoubleBE(8) };
}
