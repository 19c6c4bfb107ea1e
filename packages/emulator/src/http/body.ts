// Reads bodies of HTTP requests.

import type { IncomingMessage } from 'node:http';
import { ApiError, invalidArgument } from './api-error.ts';
import { reasonOf } from '../emulator-error.ts';

const MAX_BODY_BYTES = 1024 * 1024;

/** @throws ApiError 400 */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ApiError(400, 'Request payload size exceeds the limit: 1048576 bytes.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** No body counts as an empty object. @throws ApiError 400 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch (cause) {
    throw invalidArgument({ field: '', description: `Invalid JSON payload received. ${reasonOf(cause)}` });
  }
}
