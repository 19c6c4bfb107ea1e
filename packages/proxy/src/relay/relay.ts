// Carries bytes both ways between a client and its instance until both are done.

import type { Socket } from 'node:net';
import type { CloseReason } from './close-reason.ts';
import { pump } from './pump.ts';

export interface RelayOptions {
  /**
   * How long the direction that is still open may be idle once the other one has ended, in milliseconds. Never a limit on
   * the total: a long reply to a client that has finished sending is lawful. Default 600,000.
   */
  readonly halfCloseIdleMs?: number;
  /** How long nothing may be sent in either direction, and what to do then. Default: for ever. */
  readonly idle?: IdleLimit | undefined;
}

export interface Relay {
  /** Resolves when both sockets are closed, with what happened first. */
  readonly ended: Promise<CloseReason>;
  /** Carries nothing more; both sockets are left paused, and whoever calls it has to end them. */
  readonly stop: () => void;
}

export interface IdleLimit {
  readonly limitMs: number;
  /** Has to end both sides, the softer way first if it likes: while they are open it is called again each time. */
  readonly onLimit: () => void;
}

type Side = 'client' | 'instance';

const defaultHalfCloseIdleMs = 600_000;
// How long bytes that were already read may take to reach a side whose peer is gone, idle time.
const flushIdleMs = 10_000;

/**
 * Both sockets must allow half-open connections. One side's FIN becomes an end on the other while bytes still flow the
 * other way; backpressure passes through.
 */
export function relay(client: Socket, instance: Socket, options: RelayOptions = {}): Relay {
  const { halfCloseIdleMs = defaultHalfCloseIdleMs, idle } = options;
  const { promise, resolve } = Promise.withResolvers<CloseReason>();
  let first: CloseReason | undefined;
  let open = 2;

  // Whatever is sent, either way, passes the client's socket. Node keeps all sockets with one limit on one timer.
  if (idle !== undefined) client.setTimeout(idle.limitMs).on('timeout', idle.onLimit);

  const watch = (side: Side, socket: Socket, peer: Socket): void => {
    socket.on('error', (error) => {
      first ??= { by: side, error };
    });
    const onEnd = (): void => {
      first ??= { by: side };
      // From here on only the peer sends. If it falls silent for long, nobody is left to finish this session.
      endWhenSilent(peer, halfCloseIdleMs, peer === client ? idle : undefined);
    };
    // A side can have ended, or gone, while the other was being connected.
    if (socket.readableEnded) onEnd();
    else socket.once('end', onEnd);
    const onClose = (): void => {
      first ??= { by: side };
      open -= 1;
      if (open === 0) {
        resolve(first);
        return;
      }
      // What was read from this side before it went still belongs to the peer; nothing more will come.
      endWhenSilent(peer, flushIdleMs, peer === client ? idle : undefined);
      peer.destroySoon();
    };
    if (socket.destroyed) onClose();
    else socket.once('close', onClose);
  };

  watch('client', client, instance);
  watch('instance', instance, client);
  const pumps = [pump(client, instance), pump(instance, client, { closes: !('encrypted' in client) })];
  const stop = (): void => {
    for (const one of pumps) one.stop();
  };
  return { ended: promise, stop };
}

/** A socket has one timeout. That for idle sessions stays if it is the shorter one. */
function endWhenSilent(socket: Socket, limitMs: number, idle: IdleLimit | undefined): void {
  if (idle !== undefined) {
    if (idle.limitMs <= limitMs) return;
    socket.off('timeout', idle.onLimit);
  }
  socket.setTimeout(limitMs, () => socket.destroy());
}
