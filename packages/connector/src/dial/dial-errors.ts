// What each step of a dial can fail with, in the words and codes of the connector.

import { TimeLimitError } from '../abort.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import type { InstanceUri } from '../instance/uri.ts';
import type { ExchangeOutcome } from '../metadata-exchange/exchange.ts';
import { ExchangeBrokenError } from '../metadata-exchange/frame-reader.ts';
import { refusalHint } from '../metadata-exchange/refusal-hints.ts';
import { describeErrorResponse, PostgresServerError } from '../metadata-exchange/postgres-error.ts';
import { OutboundProxyError } from './proxy-error.ts';
import { ServerIdentityError } from './tls.ts';

/** What is being dialled, for messages. */
export interface DialTarget {
  readonly uri: InstanceUri;
  /** Full URI of the instance. */
  readonly instance: string;
  /** Address and port that are dialled. */
  readonly address: string;
  /** How: `directly`, or through which proxy. */
  readonly route: string;
  /** Whom the token is for, as far as that is known. */
  readonly principal: string | undefined;
}

export type DialFailure = (target: DialTarget, error: unknown) => ConnectorError;

export const connectFailed: DialFailure = ({ instance, address, route }, error) =>
  error instanceof ConnectorError
    ? error
    : new ConnectorError('CONNECT_FAILED', `Cannot connect to "${address}" ${route}: ${reasonOf(error)}`, {
        instance,
        cause: error,
        hint:
          proxyHint(error) ??
          `check that this machine has a route to ${address} and that no firewall blocks its TCP port (AlloyDB's server-side proxy listens on 5433; PostgreSQL's 5432 is not used)`,
      });

export const handshakeFailed: DialFailure = (target, error) => {
  // OpenSSL then sends no certificate and is told that one is required; BoringSSL, under Bun, says so right away.
  if (codeOf(error) === 'ERR_SSL_NO_COMMON_SIGNATURE_ALGORITHMS') return certificateRefused(target, error);
  const { instance, address } = target;
  const untrusted = error instanceof ServerIdentityError || isChainError(error);
  return new ConnectorError(
    untrusted ? 'SERVER_CERTIFICATE_REJECTED' : 'TLS_FAILED',
    `Cannot complete the TLS handshake with "${address}": ${reasonOf(error)}`,
    {
      instance,
      cause: error,
      hint: untrusted
        ? 'something other than the instance answers at this address, or the authority of its cluster has changed'
        : `check that "${address}" is the server-side proxy of the instance`,
    },
  );
};

export const exchangeFailed: DialFailure = (target, error) => {
  if (wasRefused(error)) return certificateRefused(target, error);
  const { instance, address } = target;
  const message = `Cannot complete the metadata exchange with "${address}": ${reasonOf(error)}`;
  return new ConnectorError('EXCHANGE_FAILED', message, { instance, cause: error });
};

function certificateRefused({ instance, address }: DialTarget, error: unknown): ConnectorError {
  return new ConnectorError(
    'CLIENT_CERTIFICATE_REFUSED',
    `Cannot connect to "${address}": the server does not accept the client certificate: ${reasonOf(error)}`,
    { instance, cause: error },
  );
}

/** @throws {ConnectorError} for everything but OK. */
export function requireOk(outcome: ExchangeOutcome, { uri, instance, address, principal }: DialTarget): void {
  switch (outcome.code) {
    case 'OK':
      return;
    case 'ERROR': {
      const code = outcome.error.startsWith(invalidTokenText) ? 'EXCHANGE_UNAUTHENTICATED' : 'EXCHANGE_REFUSED';
      const hint = refusalHint(outcome.error, { instance: uri, principal });
      throw new ConnectorError(code, `The server at "${address}" refused the connection: ${outcome.error}`, {
        instance,
        hint,
      });
    }
    case 'POSTGRES_ERROR':
      throw new PostgresServerError(
        `The server at "${address}" refused the connection: ${describeErrorResponse(outcome.raw)}`,
        outcome.raw,
        { instance },
      );
    case 'UNSPECIFIED':
      throw new ConnectorError('EXCHANGE_FAILED', `The server at "${address}" replied without saying yes or no`, {
        instance,
      });
  }
}

// The server has no codes, only texts; this one is known and means that another token may do.
const invalidTokenText = 'Request had invalid authentication credentials';

/** With TLS 1.3 a client certificate is refused behind the handshake: by an alert, or by closing before any reply. */
function wasRefused(error: unknown): boolean {
  if (error instanceof TimeLimitError) return false;
  if (error instanceof ExchangeBrokenError) return error.received === 0 && error.ended;
  const code = codeOf(error);
  return (code.startsWith('ERR_SSL_') && code.includes('ALERT')) || code === 'ECONNRESET' || code === 'EPIPE';
}

/** OpenSSL's verdicts on a chain, as node:tls names them. */
function isChainError(error: unknown): boolean {
  const code = codeOf(error);
  return /CERT|ISSUER|SIGNATURE|CRL/.test(code) && !code.startsWith('ERR_SSL_');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** A failure of an outbound proxy has its own remedy; the instance was never reached. */
function proxyHint(error: unknown): string | undefined {
  return error instanceof OutboundProxyError ? error.hint : undefined;
}
