// The metadata exchange: one length-prefixed protobuf message each way, inside TLS and before PostgreSQL.

import protobuf from 'protobufjs';
import type { Readable } from 'node:stream';
import { readExactly } from '../read-exactly.ts';

const PROTO = `
  syntax = "proto3";
  package google.cloud.alloydb.connectors.v1;

  message MetadataExchangeRequest {
    enum AuthType { AUTH_TYPE_UNSPECIFIED = 0; DB_NATIVE = 1; AUTO_IAM = 2; }
    string user_agent = 1;
    AuthType auth_type = 2;
    string oauth2_token = 3;
  }

  message MetadataExchangeResponse {
    enum ResponseCode { RESPONSE_CODE_UNSPECIFIED = 0; OK = 1; ERROR = 2; }
    ResponseCode response_code = 1;
    string error = 2;
  }
`;

const { root } = protobuf.parse(PROTO, { keepCase: true });
const Request = root.lookupType('google.cloud.alloydb.connectors.v1.MetadataExchangeRequest');
const Response = root.lookupType('google.cloud.alloydb.connectors.v1.MetadataExchangeResponse');

/** The practical limit of a frame. */
export const MAX_FRAME_BYTES = 16 * 1024;

export interface ExchangeRequest {
  readonly userAgent: string;
  readonly authType: 'DB_NATIVE' | 'AUTO_IAM';
  readonly token: string;
}

export type ExchangeResponse = { readonly is: 'ok' } | { readonly is: 'error'; readonly message: string };

export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
}

/** @throws ExchangeError when the frame is too long or no request, and what {@link readExactly} throws. */
export async function readExchangeRequest(stream: Readable, signal: AbortSignal): Promise<ExchangeRequest> {
  const length = (await readExactly(stream, 4, signal)).readUInt32BE(0);
  if (length > MAX_FRAME_BYTES) throw new ExchangeError(`The request's frame has ${length} bytes`);
  const bytes = await readExactly(stream, length, signal);
  return decodeRequest(bytes);
}

function decodeRequest(bytes: Buffer): ExchangeRequest {
  let fields: Record<string, unknown>;
  try {
    fields = Request.toObject(Request.decode(bytes), { enums: String, defaults: true });
  } catch (cause) {
    throw new ExchangeError('The request cannot be decoded', { cause });
  }
  return {
    userAgent: String(fields.user_agent),
    // Whether the real server takes an unspecified kind for a native login is unverified.
    authType: fields.auth_type === 'AUTO_IAM' ? 'AUTO_IAM' : 'DB_NATIVE',
    token: String(fields.oauth2_token),
  };
}

/** The response with its length in front. */
export function encodeExchangeResponse(response: ExchangeResponse): Buffer {
  const fields = response.is === 'ok' ? { response_code: 1 } : { response_code: 2, error: response.message };
  const body = Response.encode(Response.create(fields)).finish();
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}
