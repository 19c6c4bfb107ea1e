// The life of a worker process: it serves for as long as its primary process is there.

import type { Socket } from 'node:net';
import { describeError } from '../stops.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { Outbox } from './outbox.ts';
import { Worker } from './worker.ts';

/** Resolves with the exit code once the primary has let it go, or has gone itself. */
export async function runWorker(): Promise<number> {
  const { promise: over, resolve } = Promise.withResolvers<number>();
  // Whatever is typed at a terminal or sent to all processes of a service is the primary's to act on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const { send } = new Outbox(post);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => send({ kind: 'unwell', error: describeError(error) }));
  }
  const worker = new Worker(send);
  process.on('message', (message, socket) => worker.receive(message as ToWorker, socket as Socket | undefined));
  process.once('disconnect', () => resolve(0));
  send({ kind: 'ready' });
  return over;
}

/** A primary that has gone is told nothing more. */
function post(messages: readonly FromWorker[]): void {
  if (process.connected) process.send?.(messages, undefined, {}, () => undefined);
}
