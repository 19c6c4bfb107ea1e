// TLS with servers on the public side: those that the system's authorities vouch for, unlike an instance.

import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { orAborted } from '../abort.ts';

/**
 * Verifies the server as Node does by default, authorities in `NODE_EXTRA_CA_CERTS` included. Destroys the socket when
 * it fails or is aborted.
 */
export async function startTls(socket: Socket, host: string, signal: AbortSignal): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const servername = isIP(host) === 0 ? { servername: host } : {};
  // The host is not dialled, the socket is there; it is what the certificate of a server without a name is checked for.
  const secured = connect({ socket, host, ...servername, ALPNProtocols: ['http/1.1'] });
  secured.once('secureConnect', resolve);
  // Never removed, as with the socket below.
  secured.on('error', reject);
  secured.once('close', () => reject(new Error('the connection was closed during the TLS handshake')));
  try {
    await orAborted(promise, signal);
    return secured;
  } catch (error) {
    secured.destroy();
    socket.destroy();
    throw error;
  }
}
