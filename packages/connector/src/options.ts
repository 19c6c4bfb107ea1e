// What a Connector and each of its connections can be told, with the defaults.

import { resolve } from 'node:path';
import { applicationDefault } from './credentials/application-default.ts';
import { credentialFile } from './credentials/credential-file.ts';
import { staticToken } from './credentials/static-token.ts';
import type { TokenSource } from './credentials/token-source.ts';
import { ConnectorError } from './errors.ts';
import { type HttpClient, nodeHttpClient } from './http/http-client.ts';
import type { IpType } from './instance/ip-type.ts';
import type { AuthType } from './metadata-exchange/codec.ts';
import { type Clock, systemClock } from './refresh/clock.ts';

/** Where access tokens come from. */
export type CredentialsOption =
  /** Application Default Credentials: environment, gcloud's file, metadata server. */
  | { readonly kind: 'adc' }
  /** A service account key or another credential file. */
  | { readonly kind: 'file'; readonly path: string }
  /** A ready access token, used as it is until it expires. */
  | { readonly kind: 'token'; readonly token: string };

export interface ConnectorOptions {
  /** Default: Application Default Credentials. */
  readonly credentials?: CredentialsOption;
  /** Root of the AlloyDB Admin API. Default `https://alloydb.googleapis.com`. */
  readonly adminApiEndpoint?: string;
  /** Product tokens put behind the connector's own in the User-Agent, as in `my-app/1.2`. */
  readonly userAgent?: string;
  /** Limit for establishing one connection, refresh included, in milliseconds. Default 30,000. */
  readonly dialTimeoutMs?: number;
}

export interface ConnectOptions {
  /** Kind of address to dial. Default `PRIVATE`. */
  readonly ipType?: IpType;
  /** `AUTO_IAM` logs the IAM principal in without a password. Default `DB_NATIVE`. */
  readonly authType?: AuthType;
  /** Ends the attempt when aborted. */
  readonly signal?: AbortSignal;
}

/** {@link ConnectorOptions} with every default filled in and every input read. */
export interface ResolvedOptions {
  readonly tokens: TokenSource;
  readonly adminApiEndpoint: string;
  readonly userAgent: string;
  readonly dialTimeoutMs: number;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Version of this package; a unit test compares it with package.json. */
export const version = '0.1.0';

export const defaultAdminApiEndpoint = 'https://alloydb.googleapis.com';
export const defaultDialTimeoutMs = 30_000;

/** @throws {ConnectorError} `INVALID_OPTION` or `CREDENTIALS_INVALID`. */
export function resolveOptions(options: ConnectorOptions): ResolvedOptions {
  const http = nodeHttpClient;
  const clock = systemClock;
  return {
    tokens: tokenSource(options.credentials ?? { kind: 'adc' }, { http, clock }),
    adminApiEndpoint: readEndpoint(options.adminApiEndpoint ?? defaultAdminApiEndpoint),
    userAgent: [`alloydb-connector-node/${version}`, options.userAgent ?? ''].join(' ').trim(),
    dialTimeoutMs: readDuration('dialTimeoutMs', options.dialTimeoutMs ?? defaultDialTimeoutMs),
    http,
    clock,
    random: Math.random,
  };
}

function tokenSource(credentials: CredentialsOption, seams: Pick<ResolvedOptions, 'http' | 'clock'>): TokenSource {
  switch (credentials.kind) {
    case 'adc':
      return applicationDefault({ ...seams, env: process.env });
    case 'file':
      return credentialFile(resolve(credentials.path), seams);
    case 'token':
      return staticToken(credentials.token);
  }
}

function readEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new ConnectorError(
      'INVALID_OPTION',
      `Cannot use "${text}" as the Admin API endpoint: it is not an HTTP(S) URL`,
      {
        hint: `the default is ${defaultAdminApiEndpoint}`,
      },
    );
  }
  return text.replace(/\/+$/, '');
}

function readDuration(name: string, ms: number): number {
  if (Number.isFinite(ms) && ms > 0) return ms;
  throw new ConnectorError(
    'INVALID_OPTION',
    `Cannot use ${ms} as ${name}: it must be a positive number of milliseconds`,
  );
}
