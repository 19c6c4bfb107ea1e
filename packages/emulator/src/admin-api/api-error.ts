// The error answers of the Admin API, in the JSON form of google.rpc.Status.

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

type Detail = Readonly<Record<string, unknown>> & { readonly '@type': string };

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly httpStatus: number;
  readonly #details: readonly Detail[];

  constructor(httpStatus: number, message: string, details: readonly Detail[] = []) {
    super(message);
    this.httpStatus = httpStatus;
    this.#details = details;
  }

  get body(): unknown {
    const error = { code: this.httpStatus, message: this.message, status: STATUS_TEXT[this.httpStatus] ?? 'UNKNOWN' };
    return { error: this.#details.length === 0 ? error : { ...error, details: this.#details } };
  }
}

export function errorInfo(reason: string, domain: string, metadata: Readonly<Record<string, string>> = {}): Detail {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain, metadata };
}

export function retryInfo(seconds: number): Detail {
  return { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` };
}

export function unauthenticated(reason: string, method: string): ApiError {
  return new ApiError(
    401,
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    [errorInfo(reason, 'googleapis.com', { service: 'alloydb.googleapis.com', method })],
  );
}

export function insufficientScope(method: string): ApiError {
  return new ApiError(403, 'Request had insufficient authentication scopes.', [
    errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'googleapis.com', { service: 'alloydb.googleapis.com', method }),
  ]);
}

export function permissionDenied(permission: string, resource: string): ApiError {
  return new ApiError(403, `Permission '${permission}' denied on '${resource}'`, [
    errorInfo('IAM_PERMISSION_DENIED', 'iam.googleapis.com', { permission, resource }),
  ]);
}

/** The text is unverified. */
export function notFound(resource: string): ApiError {
  return new ApiError(404, `Resource '${resource}' was not found`);
}

export function invalidArgument(...violations: readonly FieldViolation[]): ApiError {
  const text = violations.map(({ description }) => description).join(' ');
  return new ApiError(400, text, [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations },
  ]);
}
