// What becomes of worker processes, published on node:diagnostics_channel for whoever counts them.

import { channel } from 'node:diagnostics_channel';

export type WorkerEvent =
  | { readonly at: 'started'; readonly worker: number; readonly pid: number }
  /** Nobody has asked it to: the sessions that it had are lost. */
  | { readonly at: 'died'; readonly worker: number; readonly pid: number; readonly lostSessions: number }
  | { readonly at: 'ended'; readonly worker: number; readonly pid: number };

export const workerChannel = channel('alloydb-auth-proxy:worker');

export function publishWorker(event: WorkerEvent): void {
  if (workerChannel.hasSubscribers) workerChannel.publish(event);
}
