// The contents of credential files that lead to the emulator's endpoints, in the formats that Google's libraries read.

import { writePrivateFile } from '../iam/private-file.ts';
import { CLOUD_PLATFORM_SCOPE } from '../iam/access-tokens.ts';
import type { ServiceAccountKey } from '../iam/service-account-keys.ts';
import type { UserLogins } from './user-logins.ts';
import { isSubjectToken, POOL_AUDIENCE, SUBJECT_TOKEN_TYPE, type WorkloadPool } from './workload-pool.ts';

interface QuotaProject {
  readonly quota_project_id?: string;
}

/** What `gcloud auth application-default login` leaves. */
export interface AuthorizedUserCredentials extends QuotaProject {
  readonly type: 'authorized_user';
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
  readonly token_uri: string;
  readonly universe_domain: string;
}

/** A login through a workforce pool. */
export interface ExternalAccountUserCredentials extends QuotaProject {
  readonly type: 'external_account_authorized_user';
  readonly audience: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
  readonly token_url: string;
  readonly universe_domain: string;
}

/** A workload outside Google, known to a workload identity pool. */
export interface ExternalAccountCredentials extends QuotaProject {
  readonly type: 'external_account';
  readonly audience: string;
  readonly subject_token_type: string;
  readonly token_url: string;
  readonly credential_source: { readonly file: string };
  readonly service_account_impersonation_url?: string;
  readonly universe_domain: string;
}

export interface ImpersonatedCredentials extends QuotaProject {
  readonly type: 'impersonated_service_account';
  readonly service_account_impersonation_url: string;
  readonly delegates: readonly string[];
  readonly source_credentials: Credentials;
}

export type Credentials =
  | ServiceAccountKey
  | AuthorizedUserCredentials
  | ExternalAccountUserCredentials
  | ExternalAccountCredentials
  | ImpersonatedCredentials;

export interface UserLoginOptions {
  /** What the person has consented to. Default the scopes of gcloud: openid, e-mail and cloud-platform. */
  readonly scopes?: readonly string[];
  /** Default none. */
  readonly quotaProject?: string;
}

export interface ExternalAccountOptions {
  /** The workload's name at its own identity provider. */
  readonly subject: string;
  /** The subject token is written there, readable by its owner only. */
  readonly subjectTokenFile: string;
  /** Default 3600. Negative for one that has expired. */
  readonly subjectTokenLifeSeconds?: number;
  /** Act as this service account. Default: as the workload itself. */
  readonly serviceAccount?: string;
  /** Default none. */
  readonly quotaProject?: string;
}

export interface ImpersonationOptions {
  readonly source: Exclude<Credentials, ImpersonatedCredentials>;
  /** E-mail of the service account to act as. */
  readonly target: string;
  /** E-mails from the one that the source may act as to the one that may act as the target. Default none. */
  readonly delegates?: readonly string[];
  /** Default none. */
  readonly quotaProject?: string;
}

export interface CredentialFilesParts {
  readonly apiEndpoint: string;
  readonly logins: UserLogins;
  readonly pool: WorkloadPool;
}

const GCLOUD_SCOPES = ['openid', 'https://www.googleapis.com/auth/userinfo.email', CLOUD_PLATFORM_SCOPE];
const UNIVERSE = { universe_domain: 'googleapis.com' };
const WORKFORCE_AUDIENCE = '//iam.googleapis.com/locations/global/workforcePools/emulator/providers/local';

export class CredentialFiles {
  readonly #parts: CredentialFilesParts;

  constructor(parts: CredentialFilesParts) {
    this.#parts = parts;
  }

  authorizedUser(principal: string, options: UserLoginOptions): AuthorizedUserCredentials {
    const tokenUri = `${this.#parts.apiEndpoint}/token`;
    return { type: 'authorized_user', ...this.#logIn(principal, options), token_uri: tokenUri };
  }

  externalAccountUser(principal: string, options: UserLoginOptions): ExternalAccountUserCredentials {
    return {
      type: 'external_account_authorized_user',
      audience: WORKFORCE_AUDIENCE,
      ...this.#logIn(principal, options),
      token_url: `${this.#parts.apiEndpoint}/v1/oauthtoken`,
    };
  }

  /** @throws EmulatorError `KEY_FILE` when the subject token cannot be written. */
  async externalAccount(options: ExternalAccountOptions): Promise<ExternalAccountCredentials> {
    const { subject, subjectTokenFile, subjectTokenLifeSeconds = 3600, serviceAccount, quotaProject } = options;
    const token = this.#parts.pool.mintSubjectToken(subject, subjectTokenLifeSeconds * 1000);
    await writePrivateFile({ path: subjectTokenFile, what: 'subject token', isOurs: isSubjectToken }, token);
    return {
      type: 'external_account',
      audience: POOL_AUDIENCE,
      subject_token_type: SUBJECT_TOKEN_TYPE,
      token_url: `${this.#parts.apiEndpoint}/v1/token`,
      credential_source: { file: subjectTokenFile },
      ...(serviceAccount === undefined
        ? {}
        : { service_account_impersonation_url: this.#impersonationUrl(serviceAccount) }),
      ...UNIVERSE,
      ...quota(quotaProject),
    };
  }

  impersonated(options: ImpersonationOptions): ImpersonatedCredentials {
    const { source, target, delegates = [], quotaProject } = options;
    return {
      type: 'impersonated_service_account',
      service_account_impersonation_url: this.#impersonationUrl(target),
      delegates: delegates.map((email) => `projects/-/serviceAccounts/${email}`),
      source_credentials: source,
      ...quota(quotaProject),
    };
  }

  #logIn(principal: string, { scopes = GCLOUD_SCOPES, quotaProject }: UserLoginOptions) {
    const { clientId, clientSecret, refreshToken } = this.#parts.logins.logIn(principal, scopes);
    const client = { client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken };
    return { ...client, ...UNIVERSE, ...quota(quotaProject) };
  }

  #impersonationUrl(email: string): string {
    return `${this.#parts.apiEndpoint}/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;
  }
}

function quota(project: string | undefined): QuotaProject {
  return project === undefined ? {} : { quota_project_id: project };
}
