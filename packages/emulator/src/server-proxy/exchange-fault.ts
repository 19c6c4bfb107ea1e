// Makes a metadata exchange go wrong in the way that was ordered.

import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { ExchangeFault } from '../faults/fault.ts';
import { fatalError } from '../postgres/messages.ts';
import { encodeExchangeResponse, MAX_FRAME_BYTES } from './metadata-exchange.ts';

/** `slow-reply` is {@link writeSlowly}: there the session goes on. */
export function answerWithExchangeFault(
  client: TLSSocket,
  fault: Exclude<ExchangeFault, { readonly kind: 'slow-reply' }>,
  reset: () => void,
): void {
  switch (fault.kind) {
    case 'exchange-error':
      client.end(encodeExchangeResponse({ is: 'error', message: fault.message }));
      break;
    case 'postgres-error':
      client.end(errorResponse(fault));
      break;
    case 'error-behind-reply':
      // One write, so that both are in one record.
      client.end(Buffer.concat([encodeExchangeResponse({ is: 'ok' }), errorResponse(fault)]));
      break;
    case 'truncated-reply':
      client.end(encodeExchangeResponse({ is: 'error', message: 'truncated' }).subarray(0, 6));
      break;
    case 'oversized-reply': {
      const frame = Buffer.alloc(4 + MAX_FRAME_BYTES + 1);
      frame.writeUInt32BE(MAX_FRAME_BYTES + 1);
      client.end(frame);
      break;
    }
    case 'close-before-reply':
      client.end();
      break;
    case 'reset-before-reply':
      reset();
      break;
    case 'stall-before-reply':
      // Reads on, so that the client's end is noticed.
      client.resume();
      client.once('end', () => client.end());
      break;
  }
}

/** One byte in each interval, each in a record of its own. */
export async function writeSlowly(
  client: TLSSocket,
  bytes: Buffer,
  pace: { readonly byteIntervalMs: number; readonly signal: AbortSignal },
): Promise<void> {
  for (const [index] of bytes.entries()) {
    await delay(pace.byteIntervalMs, undefined, { signal: pace.signal });
    client.write(bytes.subarray(index, index + 1));
  }
}

function errorResponse({
  message,
  sqlState = '53300',
}: {
  readonly message: string;
  readonly sqlState?: string;
}): Buffer {
  return fatalError({ sqlState, message });
}
