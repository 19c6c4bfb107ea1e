// What a client of PostgreSQL says first, as far as it can be told from the bytes that have come.

// Request codes stand where the protocol version of a StartupMessage does (PostgreSQL documentation, "Message Formats").
const cancelRequestCode = 80_877_102;
const encryptionRequestCodes: ReadonlySet<number> = new Set([80_877_103, 80_877_104]);
const headerLength = 8;

/**
 * Whether the client can be served although it has stopped sending: it asked for a cancellation, which needs no answer, or
 * it has sent more than its greeting, without waiting. One that sent nothing, or a greeting alone, has hung up: it would
 * have to answer what the server says next.
 */
export function canGoOnWithoutClient(sent: Buffer): boolean {
  let at = 0;
  while (sent.length - at >= headerLength) {
    const length = sent.readUInt32BE(at);
    const code = sent.readUInt32BE(at + 4);
    if (code === cancelRequestCode) return sent.length - at >= length;
    at += length;
    // SSLRequest or GSSENCRequest: the greeting proper comes behind its answer.
    if (!encryptionRequestCodes.has(code)) return sent.length > at;
  }
  return false;
}
