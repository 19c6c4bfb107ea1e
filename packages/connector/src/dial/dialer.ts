// One connection to an instance: address, TCP, TLS and metadata exchange, in this order.

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { withTimeLimit } from '../abort.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import type { IpType, IpTypeOption } from '../instance/ip-type.ts';
import { formatInstanceUri } from '../instance/uri.ts';
import type { AuthType } from '../metadata-exchange/codec.ts';
import type { ClientIdentity, ConnectionInfo } from '../refresh/connection-info.ts';
import { type Candidate, candidates, formatAddress, parseDialAddress } from './address.ts';
import type { DialTarget } from './dial-errors.ts';
import { type DialTimeline, timed, type TimedPhase } from './dial-timeline.ts';
import { exchange, openTcp, secure, secureTransport } from './steps.ts';
import type { TcpTarget } from './tcp.ts';
import type { OpenedTransport } from './transport.ts';

/** An authorised connection: what is written goes to the database, what it sends can be read. */
export interface Connection {
  /** Half-open capable duplex stream; paused, with any byte that the database already sent still in it. */
  readonly socket: TLSSocket;
  /** Address and port that were dialled, as in `10.0.0.5:5433`. */
  readonly address: string;
  readonly ipType: IpType;
  /** Why this kind of address, in words. */
  readonly choice: string;
  /** `directly`, or through which proxy. */
  readonly route: string;
  /**
   * Whether a dial now would be made with the same certificate, addresses and credentials, and the token that was shown in
   * the exchange is still valid: for whoever keeps connections before they are used. What is in use goes on regardless.
   */
  readonly isCurrent: () => boolean;
}

export interface DialerOptions {
  readonly credentials: Pick<Credentials, 'api' | 'login' | 'drop' | 'principal' | 'generation'>;
  /** Whether a dial now would be given this info. */
  readonly isCurrent: (info: ConnectionInfo) => boolean;
  readonly now: () => number;
  /** Told to the server in the exchange. */
  readonly userAgent: string;
  /** Opens the TCP connection, whatever lies in between. */
  readonly connect: (target: TcpTarget, signal: AbortSignal) => Promise<Socket>;
  /** Opens it by the runtime's own sockets instead; undefined where it is not to, or cannot. */
  readonly openTransport?: OpenTransport | undefined;
  readonly describeRoute: (target: TcpTarget) => string;
  /** How long `AUTO` waits for one kind of address while there is another to try, in milliseconds. Default 5,000. */
  readonly candidateLimitMs?: number;
}

export type OpenTransport = (
  target: TcpTarget,
  peer: { readonly serverName: string; readonly identity: ClientIdentity | undefined },
  signal: AbortSignal,
) => Promise<OpenedTransport> | undefined;

export interface DialRequest {
  readonly info: ConnectionInfo;
  readonly ipType: IpTypeOption;
  readonly authType: AuthType;
  /** Where to open the TCP connection instead; the certificate is still checked against the instance's own address. */
  readonly dialAddress?: string | undefined;
  /** Measures the phases; undefined when nobody wants to know. */
  readonly timeline?: DialTimeline | undefined;
}

type Opened =
  | { readonly by: 'node'; readonly socket: Socket }
  | { readonly by: 'own'; readonly opened: OpenedTransport };

export const loginScope = 'https://www.googleapis.com/auth/alloydb.login';
/** Port of the server-side proxy; PostgreSQL's own is not used. */
export const serverProxyPort = 5433;
export const defaultCandidateLimitMs = 5_000;

export class Dialer {
  readonly #options: DialerOptions;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** @throws {ConnectorError} with the code of the step that failed; the signal's reason when it was aborted. */
  async dial(request: DialRequest, signal: AbortSignal): Promise<Connection> {
    const found = candidates(request.info, request.ipType);
    // Asked for first: a token that cannot be had is no reason to bother the server.
    // A separate login token stands for the database user; for a login with a password the connection is authorised as
    // the API calls are.
    const { api, login } = this.#options.credentials;
    const tokens = request.authType === 'AUTO_IAM' ? login : api;
    const { value: token, expiresAt } = await timed(request.timeline, { phase: 'token' }, () =>
      tokens.token(loginScope, signal),
    );
    const isCurrent = this.#currency(request.info, expiresAt);
    const failures: string[] = [];
    for (const [index, candidate] of found.entries()) {
      const last = index === found.length - 1;
      try {
        const connection = await this.#attempt(request, candidate, { token, last, signal });
        return { ...connection, choice: explain(request.ipType, candidate, failures), isCurrent };
      } catch (error) {
        if (last || !(error instanceof ConnectorError) || error.code !== 'CONNECT_FAILED') throw error;
        failures.push(`${candidate.ipType} (${candidate.address}): ${reasonOf(error.cause ?? error)}`);
      }
    }
    throw new Error('unreachable: there is at least one candidate');
  }

  #currency(info: ConnectionInfo, tokenExpiresAt = Number.POSITIVE_INFINITY): () => boolean {
    const { credentials, isCurrent, now } = this.#options;
    const generation = credentials.generation();
    return () => now() < tokenExpiresAt && isCurrent(info) && credentials.generation() === generation;
  }

  async #attempt(
    { info, authType, dialAddress, timeline }: DialRequest,
    { ipType, address: host }: Candidate,
    { token, last, signal }: { readonly token: string; readonly last: boolean; readonly signal: AbortSignal },
  ): Promise<Omit<Connection, 'choice' | 'isCurrent'>> {
    const {
      connect,
      openTransport,
      describeRoute,
      userAgent,
      credentials,
      candidateLimitMs = defaultCandidateLimitMs,
    } = this.#options;
    const tcp =
      dialAddress === undefined ? { host, port: serverProxyPort } : parseDialAddress(dialAddress, serverProxyPort);
    const route = describeRoute(tcp);
    const target: DialTarget = {
      uri: info.instance,
      instance: formatInstanceUri(info.instance),
      address: formatAddress(tcp.host, tcp.port),
      route,
      principal: credentials.principal(),
    };
    const { address } = target;
    const phase = <T>(name: TimedPhase['phase'], work: () => Promise<T>): Promise<T> =>
      timed(timeline, { phase: name, address }, work);
    const { identity, secureContext } = info;
    const peer = { serverName: host, identity };
    const openBy = async (limited: AbortSignal): Promise<Opened> => {
      const opened = openTransport?.(tcp, peer, limited);
      return opened === undefined
        ? { by: 'node', socket: await connect(tcp, limited) }
        : { by: 'own', opened: await opened };
    };
    const open = (): Promise<Opened> => (last ? openBy(signal) : withTimeLimit(candidateLimitMs, [signal], openBy));
    const opened = await phase('tcp', () => openTcp(target, open, signal));
    const socket = await phase('tls', () =>
      opened.by === 'own'
        ? secureTransport(target, { opened: opened.opened, serverName: host }, signal)
        : secure(target, { socket: opened.socket, secureContext, serverName: host }, signal),
    );
    try {
      await phase('exchange', () => exchange(target, { socket, userAgent, authType, token }, signal));
      return { socket, address, ipType, route };
    } catch (error) {
      if (error instanceof ConnectorError && error.code === 'EXCHANGE_UNAUTHENTICATED') credentials.drop(token);
      socket.destroy();
      throw error;
    }
  }
}

function explain(asked: IpTypeOption, { ipType }: Candidate, failures: readonly string[]): string {
  if (asked !== 'AUTO') return `${ipType} was asked for`;
  return failures.length === 0 ? `AUTO chose ${ipType}` : `AUTO chose ${ipType} after ${failures.join('; ')}`;
}
