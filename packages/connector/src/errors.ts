// The one error class of the connector, with its closed set of codes.

/**
 * Every code an error of the connector can carry, with what it means. Match on the code, never on the message.
 */
export const errorCodes = {
  INVALID_INSTANCE_URI: 'the instance URI is not one of AlloyDB',
  INVALID_OPTION: 'an option has a value that cannot be used',
  CREDENTIALS_NOT_FOUND: 'no credentials were given and none were found',
  CREDENTIALS_INVALID: 'the credentials given cannot be read or used',
  TOKEN_REQUEST_FAILED: 'the token endpoint could not be asked',
  TOKEN_REQUEST_REFUSED: 'the token endpoint answered that it gives no token',
  ADMIN_API_UNREACHABLE: 'the Admin API could not be asked, or did not answer in time',
  ADMIN_API_UNAUTHENTICATED: 'the Admin API does not accept the token',
  ADMIN_API_PERMISSION_DENIED: 'the principal lacks a permission, or the API is not enabled',
  ADMIN_API_NOT_FOUND: 'the instance or its cluster does not exist',
  ADMIN_API_INVALID_ARGUMENT: 'the Admin API does not accept the request',
  ADMIN_API_RESOURCE_EXHAUSTED: 'the quota of Admin API requests is used up',
  ADMIN_API_UNAVAILABLE: 'the Admin API is unavailable for the moment',
  ADMIN_API_FAILED: 'the Admin API answered with another error',
  ADMIN_API_BAD_REPLY: 'the Admin API answered with something that is not understood',
  ADDRESS_MISSING: 'the instance has no address of the kind asked for',
  CONNECT_FAILED: 'no TCP connection to the server-side proxy',
  TLS_FAILED: 'the TLS handshake with the server-side proxy failed',
  SERVER_CERTIFICATE_REJECTED: 'the certificate of the server-side proxy cannot be trusted',
  CLIENT_CERTIFICATE_REFUSED: 'the server-side proxy does not accept the client certificate',
  EXCHANGE_FAILED: 'the metadata exchange broke off or was not understood',
  EXCHANGE_REFUSED: 'the server-side proxy refused the connection in the metadata exchange',
  SERVER_ERROR: 'the server answered the metadata exchange with a PostgreSQL error',
  DIAL_TIMEOUT: 'the connection was not established in time',
  CONNECTOR_CLOSED: 'the connector has been closed',
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface ConnectorErrorOptions {
  /** What the user can do about it: something to paste or to act on. */
  readonly hint?: string | undefined;
  /** Full URI of the instance concerned. */
  readonly instance?: string | undefined;
  readonly cause?: unknown;
}

/** The base class of every error that the connector throws. */
export class ConnectorError extends Error {
  override readonly name: string = 'ConnectorError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly instance: string | undefined;

  constructor(code: ErrorCode, message: string, { hint, instance, cause }: ConnectorErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.instance = instance;
  }
}

/**
 * The innermost words of an error for use at the end of a message. System errors are put in plain words; their own
 * texts repeat the call and the address that the message around them already names.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const plain = code === undefined ? undefined : systemReasons[code];
  if (plain !== undefined) return plain;
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error.message === '' ? error.name : error.message;
}

const systemReasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ECONNABORTED: 'connection aborted',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  EMFILE: 'too many open files',
  ENETUNREACH: 'network is unreachable',
  ENOENT: 'no such file or directory',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server did not answer',
  EPERM: 'operation not permitted',
  EPIPE: 'broken pipe',
  ETIMEDOUT: 'timed out',
  EISDIR: 'it is a directory',
};
