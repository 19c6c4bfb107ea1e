// What a client says first about encryption, told apart as far as an encrypting listener needs it.

import { readFirstMessage } from '../postgres/startup.ts';

export type Greeting =
  /** More bytes are needed to tell. */
  | { readonly kind: 'incomplete' }
  /** SSLRequest. */
  | { readonly kind: 'tls-request'; readonly length: number }
  /** GSSENCRequest: answered by no, and another greeting follows. */
  | { readonly kind: 'gss-request'; readonly length: number }
  /** A handshake record without a request before it: sslnegotiation=direct of PostgreSQL 17. */
  | { readonly kind: 'direct-tls' }
  | { readonly kind: 'cancel-request' }
  /** A startup message in the clear, or something that is not PostgreSQL. */
  | { readonly kind: 'other' };

// Content type of a TLS record that carries a handshake (RFC 8446, section 5.1). No greeting in the clear begins with it:
// that byte is the highest one of a length.
const handshakeRecord = 0x16;
const tlsRequestCode = 80_877_103;

export function readEncryptionGreeting(sent: Buffer): Greeting {
  if (sent[0] === handshakeRecord) return { kind: 'direct-tls' };
  const message = readFirstMessage(sent);
  switch (message.kind) {
    case 'incomplete':
      return message;
    case 'encryption-request':
      return { kind: sent.readUInt32BE(4) === tlsRequestCode ? 'tls-request' : 'gss-request', length: message.length };
    case 'cancel-request':
      return { kind: 'cancel-request' };
    case 'startup':
    case 'unknown':
      return { kind: 'other' };
  }
}
