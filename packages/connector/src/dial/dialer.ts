// One connection to an instance: address, TCP, TLS and metadata exchange, in this order and within one time limit.

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { TimeLimitError, withTimeLimit } from '../abort.ts';
import type { TokenSource } from '../credentials/token-source.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import { type IpType, ipTypes } from '../instance/ip-type.ts';
import { formatInstanceUri } from '../instance/uri.ts';
import type { AuthType } from '../metadata-exchange/codec.ts';
import { type ExchangeOutcome, exchangeMetadata } from '../metadata-exchange/exchange.ts';
import { ExchangeBrokenError } from '../metadata-exchange/frame-reader.ts';
import { describeErrorResponse, PostgresServerError } from '../metadata-exchange/postgres-error.ts';
import type { ConnectionInfo } from '../refresh/connection-info.ts';
import { connectTcp } from './tcp.ts';
import { handshake, ServerIdentityError } from './tls.ts';

/** An authorised connection: what is written goes to the database, what it sends can be read. */
export interface Connection {
  /** Half-open capable duplex stream; paused, with any byte that the database already sent still in it. */
  readonly socket: TLSSocket;
  /** Address and port that were dialled, as in `10.0.0.5:5433`. */
  readonly address: string;
  readonly ipType: IpType;
}

export interface DialerOptions {
  readonly tokens: TokenSource;
  /** Told to the server in the exchange. */
  readonly userAgent: string;
  /** Port of the server-side proxy. Default 5433; it is not the port of PostgreSQL. */
  readonly serverPort?: number;
}

export interface DialRequest {
  readonly info: ConnectionInfo;
  readonly ipType: IpType;
  readonly authType: AuthType;
}

const loginScope = 'https://www.googleapis.com/auth/alloydb.login';
const serverProxyPort = 5433;
// Documented limit of the metadata exchange, each way.
const exchangeLimitMs = 30_000;

export class Dialer {
  readonly #options: DialerOptions;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** @throws {ConnectorError} with the code of the step that failed; the signal's reason when it was aborted. */
  async dial({ info, ipType, authType }: DialRequest, signal: AbortSignal): Promise<Connection> {
    const host = addressOf(info, ipType);
    const port = this.#options.serverPort ?? serverProxyPort;
    const target: Target = { instance: formatInstanceUri(info.instance), host, address: formatAddress(host, port) };
    // Asked for first: a token that cannot be had is no reason to bother the server.
    const { value: token } = await this.#options.tokens.token(loginScope, signal);
    const socket = await step(target, signal, connectFailed, () => connectTcp({ host, port }, signal));
    const secured = await step(target, signal, handshakeFailed, () => secure(socket, info, host, signal));
    try {
      const request = { userAgent: this.#options.userAgent, authType, token };
      const outcome = await step(target, signal, exchangeFailed, () =>
        withTimeLimit(exchangeLimitMs, [signal], (limited) => exchangeMetadata(secured, request, limited)),
      );
      requireOk(outcome, target);
      return { socket: secured, address: target.address, ipType };
    } catch (error) {
      secured.destroy();
      throw error;
    }
  }
}

interface Target {
  readonly instance: string;
  readonly host: string;
  readonly address: string;
}

type Failure = (target: Target, error: unknown) => ConnectorError;

async function step<T>(target: Target, signal: AbortSignal, failure: Failure, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw failure(target, error);
  }
}

async function secure(
  socket: Socket,
  info: ConnectionInfo,
  serverName: string,
  signal: AbortSignal,
): Promise<TLSSocket> {
  try {
    return await handshake(socket, { secureContext: info.secureContext, serverName }, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function addressOf({ addresses, instance }: ConnectionInfo, ipType: IpType): string {
  const address = addresses[ipType];
  if (address !== undefined) return address;
  const uri = formatInstanceUri(instance);
  const present = ipTypes.filter((kind) => addresses[kind] !== undefined);
  throw new ConnectorError(
    'ADDRESS_MISSING',
    `Cannot connect to "${uri}": it has no ${ipType} address, only: ${present.join(', ') || 'none'}`,
    { instance: uri, hint: present[0] === undefined ? 'wait until the instance is ready' : addressHints[present[0]] },
  );
}

const addressHints: Readonly<Record<IpType, string>> = {
  PRIVATE: 'leave out --public-ip and --psc to use its private address',
  PUBLIC: 'use --public-ip, or give the instance a private address',
  PSC: 'use --psc to connect through Private Service Connect',
};

const connectFailed: Failure = ({ instance, address }, error) =>
  new ConnectorError('CONNECT_FAILED', `Cannot connect to "${address}": ${reasonOf(error)}`, {
    instance,
    cause: error,
    hint: `check that this machine has a route to ${address} and that no firewall blocks TCP port ${serverProxyPort} (AlloyDB's server-side proxy; PostgreSQL's 5432 is not used)`,
  });

const handshakeFailed: Failure = ({ instance, address }, error) => {
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

const exchangeFailed: Failure = ({ instance, address }, error) => {
  if (wasRefused(error)) {
    return new ConnectorError(
      'CLIENT_CERTIFICATE_REFUSED',
      `Cannot connect to "${address}": the server does not accept the client certificate: ${reasonOf(error)}`,
      { instance, cause: error },
    );
  }
  return new ConnectorError(
    'EXCHANGE_FAILED',
    `Cannot complete the metadata exchange with "${address}": ${reasonOf(error)}`,
    {
      instance,
      cause: error,
    },
  );
};

function requireOk(outcome: ExchangeOutcome, { instance, address }: Target): void {
  switch (outcome.code) {
    case 'OK':
      return;
    case 'ERROR':
      throw new ConnectorError(
        'EXCHANGE_REFUSED',
        `The server at "${address}" refused the connection: ${outcome.error}`,
        {
          instance,
        },
      );
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

/** With TLS 1.3 a client certificate is refused behind the handshake: by an alert, or by closing before any reply. */
function wasRefused(error: unknown): boolean {
  if (error instanceof TimeLimitError) return false;
  if (error instanceof ExchangeBrokenError) return error.received === 0 && error.ended;
  const code = codeOf(error);
  return code.startsWith('ERR_SSL_') || code === 'ECONNRESET' || code === 'EPIPE';
}

/** OpenSSL's verdicts on a chain, as node:tls names them. */
function isChainError(error: unknown): boolean {
  return /CERT|ISSUER|SIGNATURE|CRL/.test(codeOf(error)) && !codeOf(error).startsWith('ERR_SSL_');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
