// PostgreSQL's ErrorResponse: how a client is told, in its own protocol, why it cannot be served.

/** What goes into an error; every text may be of any length. */
export interface ClientError {
  /** SQLSTATE, five characters (PostgreSQL documentation, "Error Codes"). */
  readonly sqlState: string;
  /** What failed and why, in one line. */
  readonly message: string;
  /** Facts behind it: instance, address, time spent. */
  readonly detail?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** The message to the byte: type, length, then fields of a letter and a zero-terminated string, then a zero. */
export function encodeErrorResponse({ sqlState, message, detail, hint }: ClientError): Buffer {
  const fields = [
    ['S', 'FATAL'],
    // The same, never translated: what programs compare.
    ['V', 'FATAL'],
    ['C', sqlState],
    ['M', message],
    ['D', detail],
    ['H', hint],
  ] as const;
  const body = fields.flatMap(([letter, text]) =>
    text === undefined ? [] : [Buffer.from(`${letter}${text.replaceAll('\0', ' ')}\0`)],
  );
  const head = Buffer.alloc(5);
  const length = 4 + body.reduce((sum, field) => sum + field.length, 0) + 1;
  head.write('E');
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, ...body, Buffer.of(0)]);
}
