// The credentials of a connector: tokens for the Admin API and for the login, from whatever identity was chosen.

import type { Agent } from 'node:http';
import { type EmulatorHost, requireEmulatorToken } from '../emulator-host.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import { endpointOf } from '../google-apis/endpoints.ts';
import type { HttpClient } from '../http/http-client.ts';
import type { Clock } from '../refresh/clock.ts';
import { type CachedTokens, cachedTokens } from './cached-tokens.ts';
import { textOf } from './credential-fields.ts';
import { generateAccessToken } from './generate-access-token.ts';
import { gcloudProject } from './gcloud-project.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { type CredentialsOption, type IdentityInput, identityInput } from './identity-input.ts';
import { staticToken } from './static-token.ts';
import type { TokenSource } from './token-source.ts';
import { universeDomainOf } from './universe-domain.ts';
import { WatchedFile } from './watched-file.ts';

export type { CredentialsOption } from './identity-input.ts';

/** A service account to act as. */
export interface ImpersonateOption {
  /** Its e-mail address. */
  readonly target: string;
  /** Accounts in between, the nearest to the target first: each may act as the one before it. */
  readonly delegates: readonly string[];
}

export interface CredentialsOptions {
  readonly credentials: CredentialsOption;
  readonly impersonate?: ImpersonateOption | undefined;
  /** A ready token for the login to databases, in place of one from the credentials. */
  readonly loginToken?: string | undefined;
  /** Project that API calls are counted against. Default: `GOOGLE_CLOUD_QUOTA_PROJECT`, then what the credentials say. */
  readonly quotaProject?: string | undefined;
  /** Default: what the credentials say, then `GOOGLE_CLOUD_UNIVERSE_DOMAIN`, then `googleapis.com`. */
  readonly universeDomain?: string | undefined;
  /** Root of the IAM Credentials API, for impersonation. Default: that of the universe. */
  readonly iamCredentialsEndpoint?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly http: HttpClient;
  /** Outbound proxy for the requests that google-auth-library makes by itself. */
  readonly agent?: ((url: URL) => Agent | undefined) | undefined;
  /** Where everything goes instead, when `ALLOYDB_EMULATOR_HOST` is set. */
  readonly emulator?: EmulatorHost | undefined;
  readonly clock: Clock;
  readonly onWarning: (message: string, hint?: string) => void;
}

export interface Credentials {
  /** For the Admin API. */
  readonly api: TokenSource;
  /** For the metadata exchange and the login: the login token if there is one, else as `api`. */
  readonly login: TokenSource;
  /** Whom the tokens are for, if that is known so far: an e-mail address. */
  principal(): string | undefined;
  quotaProject(): string | undefined;
  /** The project to work in, for whoever names none. Ask for a token first: some credentials tell it only then. */
  project(signal: AbortSignal): Promise<string | undefined>;
  universeDomain(): string;
  /** Grows when the credentials were read anew from a changed file. Looks at the file at most once a second. */
  generation(): number;
  /** Forgets a token that a server refused. */
  drop(token: string): void;
  /** Ends requests and commands under way; no more are started. Idempotent. */
  close(): void;
}

/**
 * Reads the credentials at once; tokens are asked for when they are needed.
 *
 * @throws {ConnectorError} `CREDENTIALS_INVALID` when they cannot be read or used, `INVALID_OPTION` when options
 * contradict each other.
 */
export function createCredentials(options: CredentialsOptions): Credentials {
  return new FileBackedCredentials(options);
}

/** One identity with its caches; replaced as a whole when the file behind it changes. */
interface Loaded {
  readonly identity: Identity;
  readonly tokens: CachedTokens;
}

class FileBackedCredentials implements Credentials {
  readonly api: TokenSource;
  readonly login: TokenSource;
  readonly #options: CredentialsOptions;
  readonly #seams: IdentitySeams;
  readonly #closed = new AbortController();
  readonly #input: IdentityInput;
  readonly #file: WatchedFile | undefined;
  readonly #universeDomain: string;
  #loaded: Loaded;
  #generation = 0;

  constructor(options: CredentialsOptions) {
    const { credentials, http, agent, clock, env, emulator, loginToken, onWarning } = options;
    this.#options = options;
    const universe = { option: textOf(options.universeDomain), env };
    const universeDomain = universeDomainOf({ ...universe, credentials: undefined });
    this.#seams = { http, agent, clock, env, emulator, universeDomain, closed: this.#closed.signal };
    this.#input = identityInput(credentials, this.#seams, onWarning);
    // The file is looked at before it is read: what changes in between is read again.
    this.#file = this.#input.path === undefined ? undefined : new WatchedFile(this.#input.path, clock);
    const identity = this.#input.load();
    this.#universeDomain = universeDomainOf({ ...universe, credentials: identity.universeDomain });
    this.#loaded = { identity, tokens: this.#tokensOf(identity) };
    this.api = { token: (scope, signal) => this.#current().tokens.token(scope, signal) };
    if (loginToken !== undefined && emulator !== undefined) requireEmulatorToken(emulator, loginToken);
    this.login = loginToken === undefined ? this.api : staticToken(loginToken, 'the login token');
  }

  principal(): string | undefined {
    return this.#options.impersonate?.target ?? this.#loaded.identity.principal();
  }

  quotaProject(): string | undefined {
    const { quotaProject, env } = this.#options;
    return textOf(quotaProject) ?? textOf(env['GOOGLE_CLOUD_QUOTA_PROJECT']) ?? this.#loaded.identity.quotaProject;
  }

  /** By the order of Google's libraries: the environment, the credentials, then what gcloud is set to. */
  async project(signal: AbortSignal): Promise<string | undefined> {
    const { env, impersonate, emulator } = this.#options;
    const { identity } = this.#loaded;
    const own = async (): Promise<string | undefined> =>
      (await identity.project?.(signal)) ?? projectOfServiceAccount(identity.principal() ?? '');
    return (
      textOf(env['GOOGLE_CLOUD_PROJECT']) ??
      projectOfServiceAccount(impersonate?.target ?? '') ??
      (await own()) ??
      this.quotaProject() ??
      (emulator === undefined ? gcloudProject(env) : undefined)
    );
  }

  universeDomain(): string {
    return this.#universeDomain;
  }

  generation(): number {
    this.#current();
    return this.#generation;
  }

  drop(token: string): void {
    // It may have been refused because the file holds another by now.
    this.#current({ now: true }).tokens.drop(token);
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new ConnectorError('CONNECTOR_CLOSED', 'Cannot get a token: the connector has been closed'));
  }

  #current(when: { readonly now?: boolean } = {}): Loaded {
    if (this.#file?.changed(when) === true) this.#reload();
    return this.#loaded;
  }

  /** A file that is half written, or wrong, must not take working credentials away. */
  #reload(): void {
    try {
      const identity = this.#input.load();
      const { universeDomain = this.#universeDomain } = identity;
      universeDomainOf({ option: this.#universeDomain, credentials: universeDomain, env: {} });
      this.#loaded = { identity, tokens: this.#tokensOf(identity) };
      this.#generation += 1;
    } catch (error) {
      const hint = error instanceof ConnectorError ? error.hint : undefined;
      this.#options.onWarning(`${reasonOf(error)}; the credentials read before stay in use`, hint);
    }
  }

  #tokensOf(identity: Identity): CachedTokens {
    const own = cachedTokens(identity, this.#seams);
    const { impersonate, iamCredentialsEndpoint, env, emulator, http } = this.#options;
    if (impersonate === undefined) return own;
    const { target } = impersonate;
    if (target === '')
      throw new ConnectorError('INVALID_OPTION', 'Cannot impersonate a service account without a name');
    const universeDomain = this.#universeDomain;
    const endpoint = iamCredentialsEndpoint ?? endpointOf('iamcredentials', { universeDomain, env, emulator });
    const name = encodeURIComponent(target).replaceAll('%40', '@');
    const tokens = generateAccessToken({
      url: new URL(`${endpoint}/v1/projects/-/serviceAccounts/${name}:generateAccessToken`),
      // The API wants the chain in the order of the calls, from the caller's end.
      delegates: impersonate.delegates.toReversed(),
      base: own,
      http,
    });
    return cachedTokens({ tokens, choosesScope: true }, this.#seams);
  }
}

/** `NAME@PROJECT.iam.gserviceaccount.com`; a domain-scoped project `DOMAIN:PROJECT` is written as `PROJECT.DOMAIN`. */
function projectOfServiceAccount(email: string): string | undefined {
  const [, project, domain] = /@([^.]+)(?:\.(.+))?\.iam\.gserviceaccount\.com$/.exec(email) ?? [];
  return domain === undefined ? project : `${domain}:${project}`;
}
