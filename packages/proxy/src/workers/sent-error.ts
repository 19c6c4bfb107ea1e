// An error on its way from one process to another: what is shown of it and what it is told by, without its stack.

import { ConnectorError, type ErrorCode, errorCodes } from 'alloydb-connector';

export interface SentError<Code = string | undefined> {
  readonly message: string;
  readonly code: Code;
  readonly hint: string | undefined;
  readonly instance: string | undefined;
}

export function sendError(error: unknown): SentError<ErrorCode | undefined> {
  if (error instanceof ConnectorError) {
    const { message, code, hint, instance } = error;
    return { message, code, hint, instance };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { message, code: undefined, hint: undefined, instance: undefined };
}

export function receiveError({ message, code, hint, instance }: SentError): Error {
  if (!isErrorCode(code)) return new Error(message);
  return new ConnectorError(code, message, { hint, instance });
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCodes, code);
}
