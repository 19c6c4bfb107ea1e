// What a client is told when it cannot be connected: the connector's errors in PostgreSQL's terms.

import { ConnectorError, type ErrorCode, PostgresServerError } from 'alloydb-connector';
import { DomainError } from '../discovery/domain-error.ts';
import { type ClientError, encodeErrorResponse } from '../postgres/error-response.ts';

// 08001 as well: there is nothing yet that a connection could be opened to.
const nameLeadsNowhere = '08001';

/** SQLSTATE of each code (PostgreSQL documentation, "Error Codes"): honest, and such that pools act rightly on it. */
const sqlStates = {
  // 08001: the client could not establish a connection.
  ADDRESS_MISSING: '08001',
  ADMIN_API_FAILED: '08001',
  ADMIN_API_BAD_REPLY: '08001',
  ADMIN_API_UNAVAILABLE: '08001',
  ADMIN_API_UNREACHABLE: '08001',
  CONNECT_FAILED: '08001',
  DIAL_TIMEOUT: '08001',
  TOKEN_REQUEST_FAILED: '08001',
  // 08006: the connection broke off, in TLS or in the exchange.
  CLIENT_CERTIFICATE_REFUSED: '08006',
  EXCHANGE_FAILED: '08006',
  SERVER_CERTIFICATE_REJECTED: '08006',
  TLS_FAILED: '08006',
  // 28000: whoever asks may not.
  ADMIN_API_PERMISSION_DENIED: '28000',
  ADMIN_API_UNAUTHENTICATED: '28000',
  CREDENTIALS_INVALID: '28000',
  CREDENTIALS_NOT_FOUND: '28000',
  EXCHANGE_REFUSED: '28000',
  EXCHANGE_UNAUTHENTICATED: '28000',
  TOKEN_REQUEST_REFUSED: '28000',
  // 3D000 is PostgreSQL's for a database that does not exist; an instance that does not is the nearest to it.
  ADMIN_API_NOT_FOUND: '3D000',
  // 53000: a resource is used up; here a quota.
  ADMIN_API_RESOURCE_EXHAUSTED: '53000',
  // 57P01: the operator ends it.
  CONNECTOR_CLOSED: '57P01',
  // F0000: the configuration is wrong.
  ADMIN_API_INVALID_ARGUMENT: 'F0000',
  INVALID_INSTANCE_URI: 'F0000',
  INVALID_OPTION: 'F0000',
  LISTEN_FAILED: 'F0000',
  // The server's own error goes out as it came.
  SERVER_ERROR: '08006',
} as const satisfies Record<ErrorCode, string>;

// XX000: an error that nobody foresaw.
const unforeseen = 'XX000';

export interface FailedDial {
  /** Full URI of the instance, or its DNS name. */
  readonly instance: string;
  readonly error: unknown;
  readonly durationMs: number;
  /** What is wrong with the client's own part, if that can be told. */
  readonly remark?: string | undefined;
}

/** The ErrorResponse for a client whose instance could not be connected. A server's own error goes out word for word. */
export function dialErrorResponse({ instance, error, durationMs, remark }: FailedDial): Buffer {
  if (error instanceof PostgresServerError) return error.raw;
  const known = error instanceof ConnectorError ? error : undefined;
  const seconds = (durationMs / 1000).toFixed(1);
  return encodeErrorResponse({
    sqlState:
      error instanceof DomainError ? nameLeadsNowhere : known === undefined ? unforeseen : sqlStates[known.code],
    message: `alloydb-auth-proxy: ${error instanceof Error ? error.message : String(error)}`,
    detail: `instance ${instance}, server-side proxy on port 5433, after ${seconds} s${remark === undefined ? '' : `; ${remark}`}`,
    hint: error instanceof DomainError ? error.hint : known?.hint,
  });
}

/** The proxy is ending: 57P03 for those who come, 57P01 for those who are there. */
export function shuttingDown(sqlState: '57P01' | '57P03'): Buffer {
  return encodeErrorResponse({
    sqlState,
    message: 'alloydb-auth-proxy: the proxy is shutting down',
    hint: 'connect again: another copy of the proxy, or its next start, will serve',
  } satisfies ClientError);
}
