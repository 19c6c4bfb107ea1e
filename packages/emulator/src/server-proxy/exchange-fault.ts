// Makes a metadata exchange go wrong in the way that was ordered.

import type { TLSSocket } from 'node:tls';
import type { ExchangeFault } from '../faults/fault.ts';
import { fatalError } from '../postgres/messages.ts';
import { encodeExchangeResponse, MAX_FRAME_BYTES } from './metadata-exchange.ts';

export function applyExchangeFault(client: TLSSocket, fault: ExchangeFault, reset: () => void): void {
  switch (fault.kind) {
    case 'exchange-error':
      client.end(encodeExchangeResponse({ is: 'error', message: fault.message }));
      break;
    case 'postgres-error':
      client.end(fatalError({ sqlState: fault.sqlState ?? '53300', message: fault.message }));
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
