// What stands behind every candidate of a run: where it is, and how one gets in.

import type { TlsFiles } from './certificate.ts';

export interface Backend {
  /** Instance URI. */
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  /** A DNS name in the server's certificate, for clients that cannot check addresses. */
  readonly serverName: string;
  /** URL of the Admin API. */
  readonly api: string;
  /** Path of a service account's key file. */
  readonly credentials: string;
  /** For a client that makes the metadata exchange. */
  readonly exchanging: TlsFiles;
  /** For a client that knows TLS only: what comes behind the handshake is the database's. */
  readonly plain: TlsFiles;
}
