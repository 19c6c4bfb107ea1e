// What a Connector and each of its connections can be told, with the defaults.

import { isIP, type LookupFunction, type Socket } from 'node:net';
import { resolve } from 'node:path';
import {
  type Credentials,
  type CredentialsOption,
  createCredentials,
  type ImpersonateOption,
} from './credentials/credentials.ts';
import { connectOutbound } from './dial/outbound-proxy.ts';
import { readProxySettings } from './dial/proxy-settings.ts';
import type { OpenTransport } from './dial/dialer.ts';
import { describeRoute } from './dial/route.ts';
import { defaultKeepAliveMs, type TcpTarget } from './dial/tcp.ts';
import type { Transport } from './dial/transport.ts';
import { type EmulatorHost, emulatorHostVariable, onlyTo, readEmulatorHost } from './emulator-host.ts';
import { ConnectorError } from './errors.ts';
import { publishWarning } from './events.ts';
import { endpointOf } from './google-apis/endpoints.ts';
import { createHttpClient, type HttpClient } from './http/http-client.ts';
import { createAgentFor } from './http/routed-agent.ts';
import { openConnection } from './http/routed-connection.ts';
import type { IpTypeOption } from './instance/ip-type.ts';
import type { AuthType } from './metadata-exchange/codec.ts';
import { type Clock, systemClock } from './refresh/clock.ts';
import {
  positive,
  type RefreshOptions,
  type ResolvedRefreshOptions,
  resolveRefreshOptions,
} from './refresh/options.ts';
import { SharedInstances } from './sharing/shared-instances.ts';
import type { SharedSource } from './sharing/shared-source.ts';
import { readStaticConnectionInfo, type StaticConnectionInfo } from './refresh/static-connection-info.ts';

export interface ConnectorOptions {
  /** Where access tokens come from. Default: Application Default Credentials. */
  readonly credentials?: CredentialsOption;
  /** A service account to act as, on top of the credentials. */
  readonly impersonate?: ImpersonateOption;
  /** A ready token for IAM database logins, in place of one from the credentials. */
  readonly loginToken?: string;
  /** Project that API calls are charged to. Default: `GOOGLE_CLOUD_QUOTA_PROJECT`, then what the credentials say. */
  readonly quotaProject?: string;
  /** Universe of the APIs. Default: that of the credentials, then `GOOGLE_CLOUD_UNIVERSE_DOMAIN`, then `googleapis.com`. */
  readonly universeDomain?: string;
  /** Root of the AlloyDB Admin API. Default `https://alloydb.` with the universe domain. */
  readonly adminApiEndpoint?: string;
  /**
   * Root of the IAM Credentials API, for impersonation. Default: `CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS`, as for
   * gcloud, then `https://iamcredentials.` with the universe domain.
   */
  readonly iamCredentialsEndpoint?: string;
  /** Product tokens put behind the connector's own in the User-Agent, as in `my-app/1.2`. */
  readonly userAgent?: string;
  /** Limit for establishing one connection, refresh included, in milliseconds. Default 30,000. */
  readonly dialTimeoutMs?: number;
  /**
   * Silence after which TCP probes the other end of a connection to an instance, or of the outbound proxy before it, in
   * milliseconds. The system counts in whole seconds, so it is rounded up; 0 never probes. Default 30,000.
   */
  readonly keepAliveMs?: number;
  /** How connection info is kept fresh. */
  readonly refresh?: RefreshOptions;
  /** Path of a file with connection info, for development without the Admin API. */
  readonly staticConnectionInfo?: string;
  /** Carry database connections, too, through the HTTP proxy of `HTTPS_PROXY`, by CONNECT. Default false. */
  readonly httpConnect?: boolean;
  /** Resolves host names. Default: the system's resolver. */
  readonly lookup?: LookupFunction;
  /**
   * Lets `ALLOYDB_EMULATOR_HOST` name another machine. Default false. The variable points all of Google's endpoints at a
   * local alloydb-emulator; only tokens that it has made are sent there, and nothing goes anywhere else.
   */
  readonly allowRemoteEmulator?: boolean;
  /**
   * Dials with what another connector's `share()` gives, in the same process or over a channel: credentials and refresh are
   * that one's then, and no option about them counts here.
   */
  readonly shared?: SharedSource;
  /**
   * Opens connections to instances by sockets of the runtime's own where that is possible: to IP addresses, without a proxy in
   * between. Their streams are no sockets of node:tls. Default: node:net and node:tls.
   */
  readonly transport?: Transport | undefined;
  /** Where proxies and credentials are looked for. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface ConnectOptions {
  /** Kind of address to dial; `AUTO` tries those that the instance has. Default `PRIVATE`. */
  readonly ipType?: IpTypeOption;
  /** `AUTO_IAM` logs the IAM principal in without a password. Default `DB_NATIVE`. */
  readonly authType?: AuthType;
  /**
   * Where to open the TCP connection instead, as `HOST` or `HOST:PORT`: a bastion or a tunnel. The server's certificate is
   * still checked against the instance's own address.
   */
  readonly dialAddress?: string | undefined;
  /** Ends the attempt when aborted. */
  readonly signal?: AbortSignal;
  /** Given back in the event of this attempt, so that whoever follows many can tell them apart. */
  readonly reference?: number | string | undefined;
}

/** {@link ConnectorOptions} with every default filled in and every input read. */
export interface ResolvedOptions {
  readonly credentials: Credentials;
  /** In place of caches of its own. */
  readonly shared: SharedInstances | undefined;
  readonly adminApiEndpoint: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly emulator: EmulatorHost | undefined;
  readonly userAgent: string;
  readonly dialTimeoutMs: number;
  readonly refresh: ResolvedRefreshOptions;
  readonly staticInfo: StaticConnectionInfo | undefined;
  /** Opens the connection to a server-side proxy, and says along which route. */
  readonly connect: (target: TcpTarget, signal: AbortSignal) => Promise<Socket>;
  readonly openTransport: OpenTransport | undefined;
  readonly describeRoute: (target: TcpTarget) => string;
  readonly http: HttpClient;
  /** Along which route a request goes: `directly`, or through which proxy. */
  readonly describeUrlRoute: (url: URL) => string;
  /** Opens the connection under a request, with TLS for https. */
  readonly openUrl: (url: URL, signal: AbortSignal) => Promise<Socket>;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Version of this package; a unit test compares it with package.json. */
export const version = '0.1.0';

export const defaultDialTimeoutMs = 30_000;

/** @throws {ConnectorError} `INVALID_OPTION` or `CREDENTIALS_INVALID`. */
export function resolveOptions(options: ConnectorOptions): ResolvedOptions {
  const { env = process.env, lookup, httpConnect = false } = options;
  const clock = systemClock;
  const proxies = readProxySettings(env, { httpConnectForData: httpConnect });
  const keepAliveMs = readKeepAlive(options.keepAliveMs ?? defaultKeepAliveMs);
  const shared = options.shared === undefined ? undefined : new SharedInstances(options.shared);
  const emulator =
    shared === undefined ? readEmulatorHost({ env, allowRemote: options.allowRemoteEmulator }) : undefined;
  if (emulator !== undefined) warnOfEmulator(emulator);
  const { routeForUrl } = proxies;
  const routed = { routeFor: emulator === undefined ? routeForUrl : onlyTo(emulator, routeForUrl), lookup };
  const http = createHttpClient(routed);
  const credentials =
    shared?.credentials ??
    createCredentials({
      credentials: absolute(options.credentials ?? { kind: 'adc' }),
      impersonate: options.impersonate,
      loginToken: options.loginToken,
      quotaProject: options.quotaProject,
      universeDomain: options.universeDomain,
      iamCredentialsEndpoint: options.iamCredentialsEndpoint?.replace(/\/+$/, ''),
      env,
      emulator,
      http,
      agent: createAgentFor(routed),
      clock,
      onWarning: (message, hint) => publishWarning({ message, hint }),
    });
  return {
    credentials,
    shared,
    adminApiEndpoint: readEndpoint(
      options.adminApiEndpoint ??
        endpointOf('alloydb', { universeDomain: credentials.universeDomain(), env, emulator }),
    ),
    env,
    emulator,
    userAgent: [`alloydb-connector-node/${version}`, options.userAgent ?? ''].join(' ').trim(),
    dialTimeoutMs: positive('dialTimeoutMs', options.dialTimeoutMs ?? defaultDialTimeoutMs),
    refresh: resolveRefreshOptions(options.refresh ?? {}),
    staticInfo:
      options.staticConnectionInfo === undefined ? undefined : readStaticConnectionInfo(options.staticConnectionInfo),
    connect: (target, signal) =>
      connectOutbound(target, { route: proxies.routeForData(target), lookup, keepAliveMs, signal }),
    openTransport:
      options.transport === undefined
        ? undefined
        : openBy(options.transport, {
            keepAliveMs,
            isDirect: (target) => proxies.routeForData(target).via === 'direct',
          }),
    describeRoute: (target) => describeRoute(proxies.routeForData(target)),
    http,
    describeUrlRoute: (url) => describeRoute(routed.routeFor(url)),
    openUrl: (url, signal) => openConnection(url, routed, signal),
    clock,
    random: Math.random,
  };
}

/** Names are left to node:net, which tries their addresses in turn. */
function openBy(
  transport: Transport,
  { keepAliveMs, isDirect }: { readonly keepAliveMs: number; readonly isDirect: (target: TcpTarget) => boolean },
): OpenTransport {
  return (target, { serverName, identity }, signal) => {
    if (identity === undefined || isIP(target.host) === 0 || !isDirect(target)) return undefined;
    return transport.open({ ...target, serverName, identity, keepAliveMs }, signal);
  };
}

function warnOfEmulator({ host }: EmulatorHost): void {
  publishWarning({
    message: `${emulatorHostVariable} is set: EVERYTHING GOES TO THE EMULATOR AT ${host}, nothing to Google`,
    hint: `unset ${emulatorHostVariable} to connect to AlloyDB`,
  });
}

/** A path is followed for as long as the connector lives, wherever the process moves meanwhile. */
function absolute(credentials: CredentialsOption): CredentialsOption {
  return 'path' in credentials ? { ...credentials, path: resolve(credentials.path) } : credentials;
}

// Linux takes no more for TCP_KEEPIDLE, and leaves its own two hours in place when asked for more.
const longestKeepAliveMs = 32_767_000;

function readKeepAlive(ms: number): number {
  return ms === 0 ? 0 : Math.min(Math.ceil(positive('keepAliveMs', ms) / 1_000) * 1_000, longestKeepAliveMs);
}

function readEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new ConnectorError(
      'INVALID_OPTION',
      `Cannot use "${text}" as the Admin API endpoint: it is not an HTTP(S) URL`,
      {
        hint: 'the default is https://alloydb.googleapis.com',
      },
    );
  }
  return text.replace(/\/+$/, '');
}
