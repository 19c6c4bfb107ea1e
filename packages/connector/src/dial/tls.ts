// The TLS handshake with a server-side proxy, and what its certificate must show.

import { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect, type PeerCertificate, type SecureContext, TLSSocket } from 'node:tls';
import { orAborted } from '../abort.ts';

export interface TlsOptions {
  /** Client certificate and key, and the one authority that is trusted. */
  readonly secureContext: SecureContext;
  /** The instance's own address, which the server's certificate must name. */
  readonly serverName: string;
}

/** The chain is trusted, but the certificate is not one of the address that was dialled. */
export class ServerIdentityError extends Error {
  override readonly name: string = 'ServerIdentityError';
}

/**
 * Rejects with the handshake's error. With TLS 1.3 success does not yet mean that the server accepts the client
 * certificate: its verdict arrives as an alert behind the handshake.
 */
export async function handshake(socket: Socket, options: TlsOptions, signal: AbortSignal): Promise<TLSSocket> {
  const { secureContext, serverName } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const secured: TLSSocket = connect({
    socket,
    secureContext,
    minVersion: 'TLSv1.3',
    // Only a name may be announced: RFC 6066 has no SNI for addresses.
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    // The chain is checked against the cluster's authority by TLS itself. This is the second half, and nobody else's
    // default: no subject name, no list of other names, just the address that was dialled.
    rejectUnauthorized: true,
    checkServerIdentity: (_host, { raw }) => newIdentityError(options, raw),
  });
  spareChain(secured);
  secured.once('secureConnect', resolve);
  // Never removed, so that whoever holds the socket next is not ended by an error in between. Node leaves a connection open
  // whose records cannot be read any more: nothing would come after the error, not even the end. Destroyed a turn later,
  // so that what came before the error can still be read.
  secured.on('error', (error) => {
    reject(error);
    setImmediate(() => secured.destroy());
  });
  secured.once('close', () => reject(new Error('the server closed the connection during the handshake')));
  try {
    await orAborted(promise, signal);
    return secured;
  } catch (error) {
    secured.destroy();
    throw error;
  }
}

/**
 * For `checkServerIdentity` Node makes objects of the whole chain, which cost a tenth of a connection (docs/performance.md), and
 * only the server's own is looked at: so until then nobody gets more.
 */
function spareChain(secured: TLSSocket): void {
  let isChecked = false;
  secured.once('secureConnect', () => (isChecked = true));
  const getPeerCertificate = (detailed?: boolean): PeerCertificate =>
    TLSSocket.prototype.getPeerCertificate.call(secured, isChecked && detailed);
  secured.getPeerCertificate = getPeerCertificate as TLSSocket['getPeerCertificate'];
}

/** The certificate that was last found to name the server: it shows the same again and again, and reading it is a twentieth of a connection. */
const lastNamed = new WeakMap<SecureContext, { readonly serverName: string; readonly raw: Buffer }>();

function newIdentityError({ secureContext, serverName }: TlsOptions, raw: Buffer): Error | undefined {
  const last = lastNamed.get(secureContext);
  if (last !== undefined && last.serverName === serverName && last.raw.equals(raw)) return undefined;
  const error = identityError(serverName, new X509Certificate(raw));
  if (error === undefined) lastNamed.set(secureContext, { serverName, raw });
  return error;
}

/** What is wrong with the certificate of a server that must have this address, or this name; undefined when it names it. */
export function identityError(serverName: string, certificate: X509Certificate): Error | undefined {
  if (doesName(certificate, serverName)) return undefined;
  const names = certificate.subjectAltName ?? 'no address at all';
  return new ServerIdentityError(`its certificate is for ${names}, not for ${serverName}`);
}

function doesName(certificate: X509Certificate, serverName: string): boolean {
  if (isIP(serverName) !== 0) return certificate.checkIP(serverName) !== undefined;
  try {
    return certificate.checkHost(serverName, { subject: 'never', wildcards: false }) !== undefined;
  } catch {
    // What the API has given is no name, such as one with a NUL in it: in the middle of a handshake nobody would catch that.
    return false;
  }
}
