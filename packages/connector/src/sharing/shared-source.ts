// What one connector gets ready and connectors of other processes dial with.

import type { Token } from '../credentials/token-source.ts';
import type { InstanceAddresses } from '../instance/ip-type.ts';
import type { ClientIdentity } from '../refresh/connection-info.ts';

/** Connection info as plain values, which can be sent to another process. It holds a private key. */
export interface SharedInfo {
  /** Tells this info from any other of the same source. */
  readonly id: number;
  readonly addresses: InstanceAddresses;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Undefined for whoever has said that it knows this info. */
  readonly identity: ClientIdentity | undefined;
  /** Whom the tokens are for, as far as that is known. */
  readonly principal: string | undefined;
}

/** Whose token: that of the API calls, or that of the login to databases. */
export type SharedTokenKind = 'api' | 'login';

/**
 * The part of a connector that asks servers of Google. One process has it, and asks once for all; the others reach it over
 * whatever channel there is between them. Nothing of it may be written to files, environments or logs.
 */
export interface SharedSource {
  /**
   * @param known number of the info that the caller has: it is not sent again.
   * @throws {ConnectorError}
   */
  connectionInfo(instance: string, known: number | undefined, signal: AbortSignal): Promise<SharedInfo>;
  /** Says that a server refused the info of this number. */
  refused(instance: string, id: number): void;
  /** @throws {ConnectorError} */
  token(kind: SharedTokenKind, signal: AbortSignal): Promise<Token>;
  /** Says that a server refused a token. */
  dropToken(value: string): void;
}
