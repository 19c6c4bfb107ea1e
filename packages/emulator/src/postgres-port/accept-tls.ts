// The server's side of TLS on a connection that began without it, as PostgreSQL's does.

import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { ServerIdentity } from '../pki/cluster-authority.ts';
import { UnexpectedEndError } from '../read-exactly.ts';

/** PostgreSQL's own least version is TLS 1.2. Client certificates are not asked for. */
export function secureContextOf({ certificate, key }: ServerIdentity): SecureContext {
  return createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' });
}

/** What the socket has buffered is taken for the beginning of the handshake. @throws UnexpectedEndError, or the signal's reason */
export async function acceptTls(socket: Socket, secureContext: SecureContext, signal: AbortSignal): Promise<TLSSocket> {
  // Whoever ends before the handshake is done has left; half-open connections begin behind it.
  socket.allowHalfOpen = false;
  const client = new TLSSocket(socket, { isServer: true, secureContext });
  // Node leaves a connection open whose records cannot be read any more, or that a fatal alert has ended.
  client.on('error', () => setImmediate(() => client.destroy()));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal.reason as Error);
  const leave = (): void => reject(new UnexpectedEndError('The client left in the TLS handshake'));
  signal.addEventListener('abort', abort);
  client.once('secure', resolve).once('close', leave).once('_tlsError', leave);
  try {
    signal.throwIfAborted();
    await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    client.off('close', leave).off('_tlsError', leave);
  }
  client.allowHalfOpen = true;
  return client;
}
