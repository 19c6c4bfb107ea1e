// Credentials of the type `impersonated_service_account`: other credentials, and the service account they act as.

import { cachedTokens } from './cached-tokens.ts';
import { CredentialFields, type JsonObject } from './credential-fields.ts';
import { generateAccessToken, targetOf } from './generate-access-token.ts';
import type { Identity, IdentitySeams } from './identity.ts';

export interface ImpersonatedServiceAccountOptions {
  readonly origin: string;
  /** Reads the credentials inside, of whatever type they are. */
  readonly readSource: (json: JsonObject, origin: string) => Identity;
}

/** @throws {ConnectorError} `CREDENTIALS_INVALID` when a field is missing, or in the credentials inside. */
export function impersonatedServiceAccount(
  json: JsonObject,
  { origin, readSource }: ImpersonatedServiceAccountOptions,
  seams: IdentitySeams,
): Identity {
  const fields = new CredentialFields(json, {
    kind: 'impersonated credentials',
    origin,
    hint: 'log in anew: gcloud auth application-default login --impersonate-service-account=SERVICE_ACCOUNT',
  });
  const url = new URL(fields.requiredUrl('service_account_impersonation_url'));
  const source = readSource(fields.object('source_credentials'), `the source credentials of ${origin}`);
  const base = cachedTokens(source, seams);
  return {
    choosesScope: true,
    principal: () => targetOf(url),
    quotaProject: fields.optional('quota_project_id') ?? source.quotaProject,
    universeDomain: fields.optional('universe_domain') ?? source.universeDomain,
    tokens: generateAccessToken({ url, delegates: fields.strings('delegates'), base, http: seams.http }),
  };
}
