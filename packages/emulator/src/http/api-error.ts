// The error answers of Google's APIs, in the JSON form of google.rpc.Status.

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

export type Detail = Readonly<Record<string, unknown>> & { readonly '@type': string };

/** The call that an error is about, as error details name it. */
export interface Rpc {
  readonly service: string;
  readonly method: string;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #details: readonly Detail[];

  constructor(
    httpStatus: number,
    message: string,
    details: readonly Detail[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.httpStatus = httpStatus;
    this.headers = headers;
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

export function unauthenticated(reason: string, { service, method }: Rpc): ApiError {
  return new ApiError(
    401,
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    [errorInfo(reason, 'googleapis.com', { service, method })],
  );
}

export function insufficientScope({ service, method }: Rpc): ApiError {
  return new ApiError(403, 'Request had insufficient authentication scopes.', [
    errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'googleapis.com', { service, method }),
  ]);
}

export function permissionDenied(permission: string, resource: string): ApiError {
  return new ApiError(403, `Permission '${permission}' denied on '${resource}'`, [
    errorInfo('IAM_PERMISSION_DENIED', 'iam.googleapis.com', { permission, resource }),
  ]);
}

export function userProjectDenied(project: string, service: string): ApiError {
  const text = `Caller does not have required permission to use project ${project}. Grant the caller the roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission, by visiting https://console.developers.google.com/iam-admin/iam/project?project=${project} and then retry. Propagation of the new permission may take a few minutes.`;
  return new ApiError(403, text, [
    errorInfo('USER_PROJECT_DENIED', 'googleapis.com', { service, consumer: `projects/${project}` }),
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
