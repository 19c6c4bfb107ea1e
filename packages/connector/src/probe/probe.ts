// The steps of a connection one at a time, with the options and in the words of a connector that would make it whole.

import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { AdminApiClient } from '../admin-api/client.ts';
import { adminApiOf } from '../admin-api/of-options.ts';
import { generateClientKey } from '../client-key.ts';
import type { Token } from '../credentials/token-source.ts';
import { type Candidate, candidates, formatAddress, parseDialAddress } from '../dial/address.ts';
import type { DialTarget } from '../dial/dial-errors.ts';
import { loginScope, serverProxyPort } from '../dial/dialer.ts';
import { exchange, openTcp, secure } from '../dial/steps.ts';
import type { TcpTarget } from '../dial/tcp.ts';
import { ConnectorError } from '../errors.ts';
import { GoogleApis } from '../google-apis/google-apis.ts';
import type { InstanceAddresses, IpTypeOption } from '../instance/ip-type.ts';
import { formatInstanceUri, type InstanceUri } from '../instance/uri.ts';
import type { AuthType } from '../metadata-exchange/codec.ts';
import { type ConnectorOptions, type ResolvedOptions, resolveOptions } from '../options.ts';
import { type ConnectionInfo, secureContextFor } from '../refresh/connection-info.ts';

export interface ProbedCertificate {
  /** End of the client certificate's life, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly secureContext: SecureContext;
}

/** One way to an instance. */
export interface ProbePlace {
  readonly candidate: Candidate;
  /** What is dialled: the candidate, unless another address was given. */
  readonly tcp: TcpTarget;
  /** `10.0.0.5:5433` */
  readonly address: string;
  /** `directly`, or through which proxy. */
  readonly route: string;
}

// The Admin API has no answer without a date; a load balancer on the way may have none in time.
const timeLimitMs = 10_000;

/** Nothing is kept and nothing repeated but what the Admin API asks to be repeated. Close it when done. */
export class Probe implements Disposable {
  readonly apis: GoogleApis;
  readonly #options: ResolvedOptions;
  readonly #adminApi: AdminApiClient;

  /** @throws {ConnectorError} `INVALID_OPTION` or `CREDENTIALS_INVALID`, as the Connector. */
  constructor(options: ConnectorOptions = {}) {
    this.#options = resolveOptions(options);
    this.apis = new GoogleApis(options, this.#options);
    this.#adminApi = adminApiOf(this.#options);
  }

  /** Whether connection info comes from a file, and the Admin API is not asked at all. */
  get hasStaticInfo(): boolean {
    return this.#options.staticInfo !== undefined;
  }

  /** `HOST:PORT` of the emulator that everything goes to, if any. */
  get emulatorHost(): string | undefined {
    return this.#options.emulator?.host;
  }

  describeUrlRoute(url: URL): string {
    return this.#options.describeUrlRoute(url);
  }

  /** The connection under a request, with TLS for https; the caller's to destroy. Rejects with what failed. */
  openUrl(url: URL, signal: AbortSignal): Promise<Socket> {
    return this.#options.openUrl(url, signal);
  }

  /** The clock of a server, in milliseconds since the epoch, from whatever it answers to a request without a token. */
  async serverTime(url: URL, signal: AbortSignal): Promise<number | undefined> {
    const { http, userAgent } = this.#options;
    const headers = { 'user-agent': userAgent };
    const response = await http({ method: 'GET', url, headers, timeoutMs: timeLimitMs, signal });
    const time = Date.parse(response.headers.date ?? '');
    return Number.isNaN(time) ? undefined : time;
  }

  /** @throws {ConnectorError} as `Connector.dial` for the first call to the Admin API. */
  async addresses(instance: InstanceUri, signal: AbortSignal): Promise<InstanceAddresses> {
    const { staticInfo } = this.#options;
    if (staticInfo !== undefined) return this.#staticInfo(instance).addresses;
    return (await this.#adminApi.connectionInfo(instance, signal)).addresses;
  }

  /** A new client certificate for a new key. @throws {ConnectorError} as `Connector.dial` for the second call. */
  async certificate(instance: InstanceUri, signal: AbortSignal): Promise<ProbedCertificate> {
    if (this.hasStaticInfo) return this.#staticInfo(instance);
    const { publicKey, privateKey } = await generateClientKey();
    const { chain, caCert } = await this.#adminApi.generateClientCertificate(instance, publicKey, signal);
    return {
      expiresAt: new X509Certificate(chain[0]).validToDate.getTime(),
      secureContext: secureContextFor({ chain, privateKey, serverCa: caCert }),
    };
  }

  /**
   * The ways to try, best first.
   *
   * @throws {ConnectorError} `ADDRESS_MISSING`
   */
  places(
    known: { readonly instance: InstanceUri; readonly addresses: InstanceAddresses },
    { ipType, dialAddress }: { readonly ipType: IpTypeOption; readonly dialAddress: string | undefined },
  ): readonly ProbePlace[] {
    return candidates(known, ipType).map((candidate) => {
      const own = { host: candidate.address, port: serverProxyPort };
      const tcp = dialAddress === undefined ? own : parseDialAddress(dialAddress, serverProxyPort);
      const route = this.#options.describeRoute(tcp);
      return { candidate, tcp, address: formatAddress(tcp.host, tcp.port), route };
    });
  }

  /** @throws {ConnectorError} `CONNECT_FAILED` */
  connect(instance: InstanceUri, place: ProbePlace, signal: AbortSignal): Promise<Socket> {
    return openTcp(this.#target(instance, place), () => this.#options.connect(place.tcp, signal), signal);
  }

  /** The socket is destroyed when it fails. @throws {ConnectorError} */
  secure(
    instance: InstanceUri,
    { socket, place, certificate }: { socket: Socket; place: ProbePlace; certificate: ProbedCertificate },
    signal: AbortSignal,
  ): Promise<TLSSocket> {
    const { secureContext } = certificate;
    const serverName = place.candidate.address;
    return secure(this.#target(instance, place), { socket, secureContext, serverName }, signal);
  }

  /** The token with which a connection is authorised: a separate login token stands for the database user. */
  loginToken(authType: AuthType, signal: AbortSignal): Promise<Token> {
    const { api, login } = this.#options.credentials;
    return (authType === 'AUTO_IAM' ? login : api).token(loginScope, signal);
  }

  /** @throws {ConnectorError} unless the server says OK. */
  async exchange(
    instance: InstanceUri,
    { socket, place, authType }: { socket: TLSSocket; place: ProbePlace; authType: AuthType },
    signal: AbortSignal,
  ): Promise<void> {
    const { userAgent } = this.#options;
    const { value: token } = await this.loginToken(authType, signal);
    await exchange(this.#target(instance, place), { socket, userAgent, authType, token }, signal);
  }

  close(): void {
    this.apis.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #target(instance: InstanceUri, { address, route }: ProbePlace): DialTarget {
    const principal = this.#options.credentials.principal();
    return { uri: instance, instance: formatInstanceUri(instance), address, route, principal };
  }

  #staticInfo(instance: InstanceUri): ConnectionInfo {
    const uri = formatInstanceUri(instance);
    const info = this.#options.staticInfo?.get(uri);
    if (info !== undefined) return info;
    throw new ConnectorError(
      'INVALID_OPTION',
      `Cannot connect to "${uri}": the static connection info does not name it`,
      {
        instance: uri,
        hint: 'add the instance to the file of --static-connection-info',
      },
    );
  }
}
