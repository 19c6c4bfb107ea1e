// The seam behind which every kind of credential gives OAuth2 access tokens.

export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch; undefined when the source does not know. */
  readonly expiresAt: number | undefined;
}

export interface TokenSource {
  /**
   * An access token for a scope. A source that was handed a ready token gives that one whatever the scope.
   *
   * @throws {ConnectorError} `CREDENTIALS_*` or `TOKEN_*`.
   */
  token(scope: string, signal: AbortSignal): Promise<Token>;
}
