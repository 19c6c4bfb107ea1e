// The faults that can be ordered, each a plain value that says what goes wrong.

/** Decided when a connection is accepted by a server-side proxy, before TLS. */
export type AcceptFault =
  | { readonly kind: 'close-at-accept' }
  | { readonly kind: 'reset-at-accept' }
  /** Nothing is read or answered until the client goes. */
  | { readonly kind: 'stall-at-accept' }
  /** These three come once the ClientHello is there: the server's first bytes go out, and then this happens. */
  | { readonly kind: 'close-in-handshake' }
  | { readonly kind: 'reset-in-handshake' }
  | { readonly kind: 'stall-in-handshake' }
  /**
   * TLS 1.3 completes for the client, and then it hears that its certificate was refused: by the alert
   * `certificate_required` (default), by an end without a byte, or by a reset.
   */
  | { readonly kind: 'refuse-client-certificate'; readonly how?: 'alert' | 'eof' | 'reset' }
  /** The server certificate has the right names, but another authority has signed it. */
  | { readonly kind: 'foreign-server-certificate' }
  /** The right authority has signed the server certificate, but for another address and host. */
  | { readonly kind: 'wrong-server-names' }
  /** The server certificate is right in everything, but ended yesterday. */
  | { readonly kind: 'expired-server-certificate' };

/** Decided when the request of the metadata exchange has been read. */
export type ExchangeFault =
  /** The reply is ERROR with this text. */
  | { readonly kind: 'exchange-error'; readonly message: string }
  /** Instead of a reply comes a bare PostgreSQL ErrorResponse. Default `sqlState` 53300. */
  | { readonly kind: 'postgres-error'; readonly message: string; readonly sqlState?: string }
  /** The reply is OK, and an ErrorResponse follows it in the same TLS record. Default `sqlState` 53300. */
  | { readonly kind: 'error-behind-reply'; readonly message: string; readonly sqlState?: string }
  /** The reply's frame ends early. */
  | { readonly kind: 'truncated-reply' }
  /** The reply's length is beyond 16 KiB. */
  | { readonly kind: 'oversized-reply' }
  /** The reply is what it should be, but only one byte comes in this time, and the session goes on. */
  | { readonly kind: 'slow-reply'; readonly byteIntervalMs: number }
  | { readonly kind: 'close-before-reply' }
  | { readonly kind: 'reset-before-reply' }
  | { readonly kind: 'stall-before-reply' };

/** Decided when an admitted client is to be connected to PostgreSQL. */
export type PostgresFault =
  /** PostgreSQL is reached, but only after this time. */
  { readonly kind: 'postgres-delay'; readonly delayMs: number };

export const API_METHODS = [
  'connectionInfo',
  'generateClientCertificate',
  'getCluster',
  'getInstance',
  'getOperation',
  'listClusters',
  'listInstances',
  'updateInstance',
] as const;
export type ApiMethod = (typeof API_METHODS)[number];

/** Decided at a call of the Admin API, before its token is looked at. */
export type ApiFault = (
  | {
      /** An error answer in Google's form. */
      readonly kind: 'api-error';
      /** HTTP status, 400 to 599. */
      readonly status: number;
      /** `ErrorInfo.reason`; no ErrorInfo without it. */
      readonly reason?: string;
      /** `ErrorInfo.metadata`. Default names the service alloydb.googleapis.com. */
      readonly metadata?: Readonly<Record<string, string>>;
      readonly message?: string;
      /** `RetryInfo.retryDelay` */
      readonly retryDelaySeconds?: number;
      /** The header `Retry-After`. */
      readonly retryAfterSeconds?: number;
    }
  /** The call is answered, but only after this time. */
  | { readonly kind: 'api-delay'; readonly delayMs: number }
  /** The connection is reset in place of an answer. */
  | { readonly kind: 'api-reset' }
  /** The connection is closed in place of an answer. */
  | { readonly kind: 'api-close' }
  /** The connection is closed in the middle of the answer's body. */
  | { readonly kind: 'api-truncated' }
  /** Status 200 with a body that is a web page, as captive portals send it. */
  | { readonly kind: 'api-garbage' }
) & { readonly method?: ApiMethod };

/** The ways to a token: the grants of the token endpoint and the STS, IAM Credentials, and the metadata server. */
export type TokenGrant = 'jwt-bearer' | 'refresh-token' | 'token-exchange' | 'impersonation' | 'metadata';

/** Decided at a request for a token, before it is looked at. */
export type TokenFault = (
  | {
      /** An error in the form of the endpoint that was asked. */
      readonly kind: 'token-error';
      /** OAuth's `error`, and the reason of impersonation's ErrorInfo. */
      readonly error: string;
      readonly description: string;
      /** HTTP status. Default 400. */
      readonly status?: number;
      /** OAuth's `error_subtype`, such as `invalid_rapt`. */
      readonly subtype?: string;
    }
  | { readonly kind: 'token-delay'; readonly delayMs: number }
  | { readonly kind: 'token-reset' }
  | { readonly kind: 'token-close' }
  | { readonly kind: 'token-truncated' }
  | { readonly kind: 'token-garbage' }
) & { readonly grant?: TokenGrant };

export type Fault = AcceptFault | ExchangeFault | PostgresFault | ApiFault | TokenFault;

/** A fault with how often it happens and where. */
export type FaultOrder = (
  | TokenFault
  | (Exclude<Fault, TokenFault> & {
      /** Only at this instance: its server-side proxy and, for the Admin API, calls about it or its cluster. Default all. */
      readonly instance?: string;
    })
) & {
  /** Default 1. */
  readonly times?: number;
};
