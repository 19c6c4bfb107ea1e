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

export interface ApiErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the one that most errors with this HTTP status have. */
  readonly status?: 'ALREADY_EXISTS' | 'FAILED_PRECONDITION';
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #status: string;
  readonly #details: readonly Detail[];

  constructor(httpStatus: number, message: string, details: readonly Detail[] = [], options: ApiErrorOptions = {}) {
    super(message);
    this.httpStatus = httpStatus;
    this.headers = options.headers ?? {};
    this.#status = options.status ?? STATUS_TEXT[httpStatus] ?? 'UNKNOWN';
    this.#details = details;
  }

  get body(): unknown {
    const error = { code: this.httpStatus, message: this.message, status: this.#status };
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

/** A token whose service account has been disabled or deleted meanwhile. */
export function accountStateInvalid(email: string, { service, method }: Rpc): ApiError {
  return new ApiError(
    401,
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    [errorInfo('ACCOUNT_STATE_INVALID', 'googleapis.com', { email, service, method })],
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

/** How the IAM APIs put it: they do not tell what may not be seen from what is not there. */
export function iamPermissionDenied(permission: string): ApiError {
  return new ApiError(403, `Permission '${permission}' denied on resource (or it may not exist).`, [
    errorInfo('IAM_PERMISSION_DENIED', 'iam.googleapis.com', { permission }),
  ]);
}

export function serviceDisabled(
  service: { readonly name: string; readonly title: string },
  projectNumber: string,
): ApiError {
  const { name, title } = service;
  const activationUrl = `https://console.developers.google.com/apis/api/${name}/overview?project=${projectNumber}`;
  const text = `${title} has not been used in project ${projectNumber} before or it is disabled. Enable it by visiting ${activationUrl} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`;
  return new ApiError(403, text, [
    errorInfo('SERVICE_DISABLED', 'googleapis.com', {
      service: name,
      serviceTitle: title,
      consumer: `projects/${projectNumber}`,
      containerInfo: projectNumber,
      activationUrl,
    }),
    { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message: text },
    {
      '@type': 'type.googleapis.com/google.rpc.Help',
      links: [{ description: 'Google developers console API activation', url: activationUrl }],
    },
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
