// The TLS servers of one instance, one for each way in which its handshake can go.

import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { ServerIdentity } from '../pki/cluster-authority.ts';

export interface Identities {
  readonly own: ServerIdentity;
  /** The right names, from an authority that no client trusts. */
  readonly foreign: ServerIdentity;
  /** Other names, from the right authority. */
  readonly misnamed: ServerIdentity;
  /** The right names from the right authority, in the past. */
  readonly expired: ServerIdentity;
}

export interface TlsServers extends Readonly<Record<keyof Identities, Server>> {
  /** These refuse every client certificate, after the client's side of the handshake. */
  readonly refusing: Readonly<Record<'alert' | 'eof' | 'reset', Server>>;
}

export interface TlsHandlers {
  readonly onClient: (client: TLSSocket) => void;
  /** `reason` is a word of node or OpenSSL. */
  readonly onRefused: (reason: string) => void;
  /** Resets the TCP connection below. */
  readonly reset: (client: TLSSocket) => void;
}

const HANDSHAKE_TIMEOUT_MS = 30_000;

export function createTlsServers(identities: Identities, handlers: TlsHandlers): TlsServers {
  const { own, foreign, misnamed, expired } = identities;
  const { onRefused } = handlers;
  const refuse = (how: (client: TLSSocket) => void): TlsHandlers => {
    const onClient = (client: TLSSocket): void => {
      client.on('error', () => {});
      onRefused('ordered by a fault');
      how(client);
    };
    return { ...handlers, onClient };
  };
  return {
    own: createTlsServer(own, handlers),
    foreign: createTlsServer({ ...foreign, trustedRoot: own.trustedRoot }, handlers),
    misnamed: createTlsServer(misnamed, handlers),
    expired: createTlsServer(expired, handlers),
    refusing: {
      // A key of ours can sign with ECDSA only, and so the client is told that it may not sign with anything else. Its RSA
      // certificate cannot be used; it sends none, and OpenSSL answers with the alert that node has no call for.
      alert: createTlsServer(own, handlers, 'ECDSA+SHA256'),
      eof: createTlsServer(
        own,
        // What the client sends is read: the kernel answers bytes that nobody has read with a reset.
        refuse((client) => client.resume().end()),
      ),
      reset: createTlsServer(own, refuse(handlers.reset)),
    },
  };
}

function createTlsServer(identity: ServerIdentity, handlers: TlsHandlers, signatureAlgorithms?: string): Server {
  const server = createServer({
    cert: identity.certificate,
    key: identity.key,
    // Only the root: a client has to send the intermediate along with its own certificate.
    ca: identity.trustedRoot,
    // A missing certificate is answered by OpenSSL with an alert. A bad one is judged by node when the handshake is over,
    // and node has no call for an alert then: the client sees the connection closed or reset, without a byte.
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    allowHalfOpen: true,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    ...(signatureAlgorithms === undefined ? {} : { sigalgs: signatureAlgorithms }),
  });
  server.on('secureConnection', handlers.onClient);
  server.on('tlsClientError', (error, client) => handlers.onRefused(reasonOfRefusal(error, client)));
  return server;
}

/** Node's verdict on the certificate, which is a code whatever its type says; else the short reason of OpenSSL. */
function reasonOfRefusal(error: Error, client: TLSSocket): string {
  const { reason } = error as Error & { readonly reason?: string };
  return String(client.authorizationError ?? reason ?? error.message);
}
