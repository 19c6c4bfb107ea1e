// The faults that can be ordered, each a plain value that says what goes wrong.

/** Decided when a connection is accepted by a server-side proxy, before TLS. */
export type AcceptFault =
  /** TLS 1.3 completes for the client, and then the alert `certificate_required` arrives. */
  | { readonly kind: 'refuse-client-certificate' }
  /** The server certificate has the right names, but another authority has signed it. */
  | { readonly kind: 'foreign-server-certificate' }
  /** Nothing is read or answered until the client goes. */
  | { readonly kind: 'stall-at-accept' };

/** Decided when the request of the metadata exchange has been read. */
export type ExchangeFault =
  /** The reply is ERROR with this text. */
  | { readonly kind: 'exchange-error'; readonly message: string }
  /** Instead of a reply comes a bare PostgreSQL ErrorResponse. Default `sqlState` 53300. */
  | { readonly kind: 'postgres-error'; readonly message: string; readonly sqlState?: string }
  /** The reply's frame ends early. */
  | { readonly kind: 'truncated-reply' }
  /** The reply's length is beyond 16 KiB. */
  | { readonly kind: 'oversized-reply' }
  | { readonly kind: 'close-before-reply' }
  | { readonly kind: 'reset-before-reply' }
  | { readonly kind: 'stall-before-reply' };

export type ApiMethod = 'connectionInfo' | 'generateClientCertificate' | 'getInstance' | 'listInstances';

/** Decided at a call of the Admin API, before its token is looked at. */
export type ApiFault =
  /** An error answer: HTTP status, `ErrorInfo.reason`, text, and `RetryInfo.retryDelay` in seconds. */
  | {
      readonly kind: 'api-error';
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryDelaySeconds?: number;
      readonly method?: ApiMethod;
    }
  /** The call is answered, but only after this time. */
  | { readonly kind: 'api-delay'; readonly delayMs: number; readonly method?: ApiMethod }
  /** The connection is reset in place of an answer. */
  | { readonly kind: 'api-reset'; readonly method?: ApiMethod };

/** Decided at a request of the token endpoint. Default `status` 400. */
export type TokenFault = {
  readonly kind: 'token-error';
  readonly error: string;
  readonly description: string;
  readonly status?: number;
};

export type Fault = AcceptFault | ExchangeFault | ApiFault | TokenFault;

/** A fault with how often it happens and where. */
export type FaultOrder = Fault & {
  /** Default 1. */
  readonly times?: number;
  /** Only at this instance's server-side proxy. Default all. */
  readonly instance?: string;
};
