// The one error class of the connector, and the words for what lies beneath it.

import type { ErrorCode } from './error-codes.ts';

export { type ErrorCode, type ErrorDescription, errorCodes } from './error-codes.ts';

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
  EADDRINUSE: 'address in use',
  EADDRNOTAVAIL: 'this machine has no such address',
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
