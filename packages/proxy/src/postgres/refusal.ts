// Tells a client that it cannot be served: answers its greeting as far as it takes to be heard, then ends.

import type { Socket } from 'node:net';
import { readFirstMessage } from './startup.ts';

export interface RefusalOptions {
  /** The whole ErrorResponse, for a client with these startup parameters (`user`, `database` …). */
  readonly error: (parameters: ReadonlyMap<string, string>) => Buffer;
  /** What the client has sent already. */
  readonly held: readonly Buffer[];
  /** Give a cancel request to the caller instead of dropping it. Default false. */
  readonly takeCancel?: boolean;
  /** How long a client may take to finish its greeting, in milliseconds. Default 10,000. */
  readonly limitMs?: number;
}

const defaultLimitMs = 10_000;
// Above the longest greeting there is; whoever sends more does not speak PostgreSQL.
const mostRead = 16 * 1024;
/** The answer to a request for encryption: none here. The client then goes on without, or gives up by itself. */
const noEncryption = Buffer.from('N');

/**
 * Sends the error once the client has said hello: a client in the middle of asking for encryption would take it for
 * something else. Resolves when the client is gone; never rejects. Whoever does not speak PostgreSQL, or says nothing,
 * is disconnected without a word.
 *
 * A cancel request has no answer. The caller may take it over, together with its client, which then is left paused.
 */
export async function refuse(client: Socket, options: RefusalOptions): Promise<Buffer | undefined> {
  const { error, held, takeCancel = false, limitMs = defaultLimitMs } = options;
  const { promise: over, resolve } = Promise.withResolvers<Buffer | undefined>();
  if (client.destroyed) return undefined;
  const onClose = (): void => resolve(undefined);
  const onEnd = (): void => void client.end();
  client.once('close', onClose);
  const timer = setTimeout(() => client.destroy(), limitMs);
  let sent = Buffer.concat(held);

  const end = (parameters: ReadonlyMap<string, string>): void => {
    client.off('data', onData);
    // What else it sends is read and dropped: unread bytes would turn the end into a reset that swallows the error.
    client.resume();
    client.end(error(parameters));
  };
  const handOver = (request: Buffer): void => {
    client.off('data', onData).off('end', onEnd).off('close', onClose).pause();
    resolve(request);
  };
  const step = (): void => {
    for (;;) {
      const message = readFirstMessage(sent);
      switch (message.kind) {
        case 'incomplete':
          if (sent.length > mostRead) client.destroy();
          return;
        case 'encryption-request':
          client.write(noEncryption);
          sent = sent.subarray(message.length);
          break;
        case 'startup':
          end(message.parameters);
          return;
        case 'cancel-request':
          if (takeCancel) handOver(sent.subarray(0, message.length));
          else client.destroy();
          return;
        case 'unknown':
          client.destroy();
          return;
      }
    }
  };
  const onData = (chunk: Buffer): void => {
    sent = Buffer.concat([sent, chunk]);
    step();
  };
  client.on('data', onData);
  client.once('end', onEnd);
  client.resume();
  step();
  try {
    return await over;
  } finally {
    clearTimeout(timer);
  }
}
