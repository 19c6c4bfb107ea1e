// The metadata exchange: one framed message each way, inside TLS, before the first byte of PostgreSQL.

import type { Duplex } from 'node:stream';
import { reasonOf } from '../errors.ts';
import { decodeResponse, type ExchangeRequest, type ExchangeResponse, encodeRequest } from './codec.ts';
import { FrameReader } from './frame-reader.ts';
import { errorResponseLength, errorResponseTag } from './postgres-error.ts';

export type ExchangeOutcome =
  | ExchangeResponse
  /** The server spoke PostgreSQL instead; `raw` is its whole ErrorResponse. */
  | { readonly code: 'POSTGRES_ERROR'; readonly raw: Buffer };

// Practical limit of a frame; real replies have a handful of bytes.
const longestMessage = 16 * 1024;

/**
 * Sends the request and reads the reply. Bytes that come behind the reply are given back to the stream.
 *
 * @throws {ExchangeBrokenError} (frame-reader.ts) when the stream ends early or the reply cannot be read; the stream's own error when it fails.
 */
export async function exchangeMetadata(
  stream: Duplex,
  request: ExchangeRequest,
  signal: AbortSignal,
): Promise<ExchangeOutcome> {
  const message = encodeRequest(request);
  const frame = Buffer.alloc(4 + message.length);
  frame.writeUInt32BE(message.length);
  message.copy(frame, 4);
  stream.write(frame);

  const reader = new FrameReader(stream, signal);
  try {
    const header = await reader.read(4);
    if (header[0] === errorResponseTag) return await readPostgresError(reader, header);
    const length = header.readUInt32BE();
    if (length > longestMessage) {
      throw reader.broken(`the reply announces ${length} bytes, which no reply has`);
    }
    return decode(reader, await reader.read(length));
  } finally {
    reader.release();
  }
}

function decode(reader: FrameReader, message: Buffer): ExchangeResponse {
  try {
    return decodeResponse(message);
  } catch (error) {
    throw reader.broken(`the reply cannot be read: ${reasonOf(error)}`);
  }
}

async function readPostgresError(reader: FrameReader, start: Buffer): Promise<ExchangeOutcome> {
  const header = Buffer.concat([start, await reader.read(1)]);
  const length = errorResponseLength(header);
  if (length < header.length || length > longestMessage) {
    throw reader.broken('the server answered with something else than a reply');
  }
  return { code: 'POSTGRES_ERROR', raw: Buffer.concat([header, await reader.read(length - header.length)]) };
}
