// A PostgreSQL ErrorResponse that comes where the reply of the metadata exchange was expected.

import { ConnectorError, type ConnectorErrorOptions } from '../errors.ts';

/** What the server says in PostgreSQL's own form; `raw` is the message to the byte, to be handed on. */
export class PostgresServerError extends ConnectorError {
  override readonly name: string = 'PostgresServerError';
  readonly raw: Buffer;

  constructor(message: string, raw: Buffer, options: ConnectorErrorOptions) {
    super('SERVER_ERROR', message, options);
    this.raw = raw;
  }
}

/** First byte of an ErrorResponse. As a length of the exchange it would announce more than a gigabyte. */
export const errorResponseTag = 0x45;

/** Total length of the ErrorResponse that begins with these five bytes: its length field does not count the tag. */
export function errorResponseLength(header: Buffer): number {
  return header.readUInt32BE(1) + 1;
}

/**
 * Severity, SQLSTATE and text in one line. The fields stand behind tag and length, each a letter and a string that ends
 * with a zero byte (PostgreSQL documentation, "Error and Notice Message Fields").
 */
export function describeErrorResponse(raw: Buffer): string {
  const fields = new Map<string, string>();
  for (let at = 5; at < raw.length && raw[at] !== 0; ) {
    const end = raw.indexOf(0, at);
    if (end === -1) break;
    fields.set(String.fromCharCode(raw[at] ?? 0), raw.toString('utf8', at + 1, end));
    at = end + 1;
  }
  const state = fields.get('C');
  return `${fields.get('S') ?? 'ERROR'}: ${fields.get('M') ?? 'no text'}${state === undefined ? '' : ` (SQLSTATE ${state})`}`;
}
