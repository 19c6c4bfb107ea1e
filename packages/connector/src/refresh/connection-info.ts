// What is needed to connect to an instance: its addresses, and a certificate with the authority to trust.

import { createSecureContext, type SecureContext } from 'node:tls';
import type { InstanceAddresses } from '../instance/ip-type.ts';
import type { InstanceUri } from '../instance/uri.ts';

export interface ConnectionInfo {
  readonly instance: InstanceUri;
  readonly addresses: InstanceAddresses;
  /** End of the client certificate's life, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Made once for each certificate and shared by all connections that use it. */
  readonly secureContext: SecureContext;
  /** What the context was made of, for those who make one of their own; undefined for info that came from elsewhere. */
  readonly identity?: ClientIdentity;
}

export interface ClientIdentity {
  /** Leaf and intermediate certificates, PEM; the server refuses a leaf that comes alone. */
  readonly chain: readonly string[];
  /** Private key of the leaf, PEM. */
  readonly privateKey: string;
  /** The only authority trusted for the server's certificate, PEM. */
  readonly serverCa: string;
}

export function secureContextFor({ chain, privateKey, serverCa }: ClientIdentity): SecureContext {
  return createSecureContext({ cert: chain.join('\n'), key: privateKey, ca: serverCa, minVersion: 'TLSv1.3' });
}
