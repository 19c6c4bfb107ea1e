// What a client of PostgreSQL says first, as far as it can be told from the bytes that have come.

// Request codes stand where the protocol version of a StartupMessage does (PostgreSQL documentation, "Message Formats").
const cancelRequestCode = 80_877_102;
const encryptionRequestCodes: ReadonlySet<number> = new Set([80_877_103, 80_877_104]);
const headerLength = 8;
// PostgreSQL itself takes no startup packet longer than this (MAX_STARTUP_PACKET_LENGTH).
const longestMessage = 10_000;

/** One of the messages that have no type byte: they can stand only at the beginning of a connection. */
export type FirstMessage =
  /** More bytes are needed to tell. */
  | { readonly kind: 'incomplete' }
  /** SSLRequest or GSSENCRequest: answered by one byte, then another first message follows. */
  | { readonly kind: 'encryption-request'; readonly length: number }
  | { readonly kind: 'cancel-request'; readonly length: number }
  | { readonly kind: 'startup'; readonly length: number; readonly parameters: ReadonlyMap<string, string> }
  /** Not PostgreSQL: another protocol, or direct TLS. */
  | { readonly kind: 'unknown' };

export function readFirstMessage(sent: Buffer): FirstMessage {
  if (sent.length < headerLength) return { kind: 'incomplete' };
  const length = sent.readUInt32BE(0);
  const code = sent.readUInt32BE(4);
  if (length < headerLength || length > longestMessage) return { kind: 'unknown' };
  const isEncryption = encryptionRequestCodes.has(code);
  // The major version of the protocol has been 3 since 2003; anything else here is no PostgreSQL client.
  if (!isEncryption && code !== cancelRequestCode && code >>> 16 !== 3) return { kind: 'unknown' };
  if (sent.length < length) return { kind: 'incomplete' };
  if (isEncryption) return { kind: 'encryption-request', length };
  if (code === cancelRequestCode) return { kind: 'cancel-request', length };
  return { kind: 'startup', length, parameters: readParameters(sent.subarray(headerLength, length)) };
}

/**
 * The first message that is not a request for encryption, and how many such requests stand before it. A client waits for
 * their answers, so one is followed by more only in pipelined greetings.
 */
export function readGreeting(sent: Buffer): { readonly message: FirstMessage; readonly at: number } {
  for (let at = 0; ; ) {
    const message = readFirstMessage(sent.subarray(at));
    if (message.kind !== 'encryption-request' || sent.length === at + message.length) return { message, at };
    at += message.length;
  }
}

/**
 * Whether the client can be served although it has stopped sending: it asked for a cancellation, which needs no answer, or
 * it has sent more than its greeting, without waiting. One that sent nothing, or a greeting alone, has hung up: it would
 * have to answer what the server says next.
 */
export function canGoOnWithoutClient(sent: Buffer): boolean {
  const { message, at } = readGreeting(sent);
  if (message.kind === 'cancel-request') return true;
  return message.kind === 'startup' && sent.length > at + message.length;
}

/** Pairs of zero-terminated strings, up to an empty one. */
function readParameters(bytes: Buffer): ReadonlyMap<string, string> {
  const parts = bytes.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let at = 0; at + 1 < parts.length && parts[at] !== ''; at += 2)
    parameters.set(parts[at] ?? '', parts[at + 1] ?? '');
  return parameters;
}
