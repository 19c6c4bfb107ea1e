// An error answer of the token endpoint (RFC 6749, section 5.2).

export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type';

export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly httpStatus: number;
  readonly code: OAuthErrorCode;

  constructor(httpStatus: number, code: OAuthErrorCode, description: string, cause?: unknown) {
    super(description, cause === undefined ? {} : { cause });
    this.httpStatus = httpStatus;
    this.code = code;
  }

  get body(): Readonly<Record<string, string>> {
    return { error: this.code, error_description: this.message };
  }
}
