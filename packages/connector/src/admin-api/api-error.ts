// What an error answer of a Google API says, and the ConnectorError that it becomes.

import { ConnectorError, type ConnectorErrorOptions, type ErrorCode } from '../errors.ts';
import type { HttpResponse } from '../http/http-client.ts';

/** The readable parts of `{"error": {code, message, status, details}}` and of its ErrorInfo. */
export interface ApiErrorBody {
  readonly httpStatus: number;
  /** Canonical code, as in `PERMISSION_DENIED`. */
  readonly status: string;
  readonly message: string;
  /** `reason` of the google.rpc.ErrorInfo among the details, as in `SERVICE_DISABLED`. */
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** What the google.rpc.BadRequest among the details complains about. */
  readonly fieldViolations: readonly FieldViolation[];
  /** How long the server asks to wait (RetryInfo, or the header Retry-After), in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** An error answer of the Admin API. */
export class AdminApiError extends ConnectorError {
  override readonly name: string = 'AdminApiError';
  readonly body: ApiErrorBody;

  constructor(code: ErrorCode, message: string, body: ApiErrorBody, options: ConnectorErrorOptions) {
    super(code, message, options);
    this.body = body;
  }
}

export function readApiError(response: HttpResponse): ApiErrorBody {
  const error = object(object(parse(response.body))?.['error']);
  const details = Array.isArray(error?.['details']) ? error['details'].map(object) : [];
  const detail = (name: string) =>
    details.find((candidate) => candidate?.['@type'] === `type.googleapis.com/google.rpc.${name}`);
  const info = detail('ErrorInfo');
  return {
    httpStatus: response.status,
    status: text(error?.['status']) ?? statusNames[response.status] ?? 'UNKNOWN',
    message: text(error?.['message']) ?? `HTTP status ${response.status} without a readable error`,
    reason: text(info?.['reason']),
    metadata: strings(info?.['metadata']),
    fieldViolations: violations(detail('BadRequest')?.['fieldViolations']),
    retryAfterMs:
      durationMs(text(detail('RetryInfo')?.['retryDelay'])) ?? retryAfterHeaderMs(response.headers['retry-after']),
  };
}

/** The code under which an answer is known to callers. Proxies on the way answer without a status name. */
export function adminApiCode(body: ApiErrorBody): ErrorCode {
  return codes[body.status] ?? 'ADMIN_API_FAILED';
}

const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

const codes: Readonly<Record<string, ErrorCode>> = {
  INVALID_ARGUMENT: 'ADMIN_API_INVALID_ARGUMENT',
  UNAUTHENTICATED: 'ADMIN_API_UNAUTHENTICATED',
  PERMISSION_DENIED: 'ADMIN_API_PERMISSION_DENIED',
  NOT_FOUND: 'ADMIN_API_NOT_FOUND',
  RESOURCE_EXHAUSTED: 'ADMIN_API_RESOURCE_EXHAUSTED',
  UNAVAILABLE: 'ADMIN_API_UNAVAILABLE',
};

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // A load balancer's HTML page: the HTTP status is all that there is to say.
    return undefined;
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function strings(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(object(value) ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function violations(value: unknown): readonly FieldViolation[] {
  return (Array.isArray(value) ? value : []).map((item) => {
    const { field, description } = strings(item);
    return { field: field ?? 'request', description: description ?? 'not accepted' };
  });
}

/** google.protobuf.Duration in JSON: seconds with an `s`. */
function durationMs(duration: string | undefined): number | undefined {
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(duration ?? '') ?? [];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}

function retryAfterHeaderMs(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) * 1000 : undefined;
}
