// An error answer of the token endpoint (RFC 6749, section 5.2).

export type OAuthErrorCode =
  | 'invalid_client'
  | 'invalid_request'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unauthorized_client'
  | 'unsupported_grant_type';

export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly httpStatus: number;
  readonly code: OAuthErrorCode;
  /** Google's own field, which tells reasons of one code apart. */
  readonly subtype: string | undefined;

  constructor(
    httpStatus: number,
    code: OAuthErrorCode,
    description: string,
    more: { readonly cause?: unknown; readonly subtype?: string } = {},
  ) {
    super(description, 'cause' in more ? { cause: more.cause } : {});
    this.httpStatus = httpStatus;
    this.code = code;
    this.subtype = more.subtype;
  }

  get body(): Readonly<Record<string, string>> {
    const error = { error: this.code, error_description: this.message };
    return this.subtype === undefined ? error : { ...error, error_subtype: this.subtype };
  }
}
