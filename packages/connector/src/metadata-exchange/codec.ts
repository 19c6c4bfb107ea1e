// The two messages of the metadata exchange in protobuf's wire format.

/** How the database user logs in: with a password of PostgreSQL, or as the IAM principal of the token. */
export type AuthType = 'DB_NATIVE' | 'AUTO_IAM';

export interface ExchangeRequest {
  readonly userAgent: string;
  readonly authType: AuthType;
  readonly token: string;
}

export type ExchangeResponse =
  | { readonly code: 'OK' }
  | { readonly code: 'ERROR'; readonly error: string }
  | { readonly code: 'UNSPECIFIED' };

// Field numbers and enum values as in google.cloud.alloydb.connectors.v1: they are the protocol.
const requestFields = { userAgent: 1, authType: 2, oauth2Token: 3 } as const;
const authTypes = { DB_NATIVE: 1, AUTO_IAM: 2 } as const satisfies Record<AuthType, number>;
const responseFields = { responseCode: 1, error: 2 } as const;
const responseCodes = { ok: 1, error: 2 } as const;

const wireType = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

export function encodeRequest({ userAgent, authType, token }: ExchangeRequest): Buffer {
  return Buffer.concat([
    stringField(requestFields.userAgent, userAgent),
    Buffer.from([(requestFields.authType << 3) | wireType.varint, authTypes[authType]]),
    stringField(requestFields.oauth2Token, token),
  ]);
}

/** @throws {Error} when the bytes are no protobuf message. Unknown fields are skipped, as protobuf demands. */
export function decodeResponse(message: Buffer): ExchangeResponse {
  let code = 0;
  let error = '';
  for (let at = 0; at < message.length; ) {
    const tag = readVarint(message, at);
    at = tag.next;
    const field = Math.floor(tag.value / 8);
    const value = readValue(message, at, tag.value % 8);
    at = value.next;
    if (field === responseFields.responseCode && value.number !== undefined) code = value.number;
    if (field === responseFields.error && value.bytes !== undefined) error = value.bytes.toString('utf8');
  }
  if (code === responseCodes.ok) return { code: 'OK' };
  return code === responseCodes.error ? { code: 'ERROR', error } : { code: 'UNSPECIFIED' };
}

function stringField(field: number, text: string): Buffer {
  if (text === '') return Buffer.alloc(0);
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from([(field << 3) | wireType.lengthDelimited]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

interface Value {
  readonly next: number;
  readonly number?: number;
  readonly bytes?: Buffer;
}

function readValue(message: Buffer, at: number, type: number): Value {
  switch (type) {
    case wireType.varint: {
      const { value, next } = readVarint(message, at);
      return { number: value, next };
    }
    case wireType.fixed64:
      return { next: within(message, at + 8) };
    case wireType.fixed32:
      return { next: within(message, at + 4) };
    case wireType.lengthDelimited: {
      const length = readVarint(message, at);
      const next = within(message, length.next + length.value);
      return { bytes: message.subarray(length.next, next), next };
    }
    default:
      throw new Error(`unknown wire type ${type} at byte ${at}`);
  }
}

/** Numbers beyond 2^53 lose digits here; no field of these messages means anything by one. */
function readVarint(message: Buffer, start: number): { value: number; next: number } {
  let value = 0;
  // Ten bytes carry 64 bits, the most that a varint may have.
  for (let index = 0; index < 10; index += 1) {
    const byte = message[start + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: start + index + 1 };
  }
  throw new Error(`broken number at byte ${start}`);
}

function within(message: Buffer, end: number): number {
  if (end > message.length) throw new Error(`a field ends at byte ${end} of ${message.length}`);
  return end;
}
