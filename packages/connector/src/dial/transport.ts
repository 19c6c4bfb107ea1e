// The seam for a runtime's own sockets, in place of node:net and node:tls, under connections to instances.

import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ClientIdentity } from '../refresh/connection-info.ts';

export interface TransportRequest {
  /** An IP address, to be dialled directly. */
  readonly host: string;
  readonly port: number;
  /** The address or name that the server's certificate must show. Only a name may be announced (SNI, RFC 6066). */
  readonly serverName: string;
  /** Client certificate and key, and the one authority that is trusted. */
  readonly identity: ClientIdentity;
  /** Silence after which the peer is probed, in milliseconds; 0 never probes. */
  readonly keepAliveMs: number;
}

/** The second half of who a server must be: what is wrong with the certificate of a chain that is trusted. */
export type VerifyPeer = (certificate: X509Certificate) => Error | undefined;

/** TCP is connected; TLS is under way. */
export interface OpenedTransport {
  /**
   * Resolves when TLS 1.3 is established with a trusted chain and `verify` has nothing against its certificate; until then
   * nothing is sent that belongs to the connection. Rejects with the error of the handshake, or with the signal's reason; then
   * the connection is gone. The stream is paused, half-open capable, has an error listener for all its life, and as
   * much of a TLSSocket as its user needs: only those who pass a transport get streams of it.
   */
  secured(verify: VerifyPeer, signal: AbortSignal): Promise<TLSSocket>;
}

export interface Transport {
  /**
   * Undefined when it cannot take this one; the connector then uses node:net and node:tls. Rejects with the system's error, or
   * with the signal's reason as soon as it is aborted.
   */
  open(request: TransportRequest, signal: AbortSignal): Promise<OpenedTransport> | undefined;
}
