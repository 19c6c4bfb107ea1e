// Tokens for a workload or person of another identity provider: credentials of the type `external_account`.

import { cachedTokens } from './cached-tokens.ts';
import { CredentialFields, isJsonObject, type JsonObject } from './credential-fields.ts';
import { generateAccessToken, targetOf } from './generate-access-token.ts';
import { certificateTokens } from './google-auth.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { subjectToken } from './subject-token.ts';
import { requestToken } from './token-endpoint.ts';
import type { TokenSource } from './token-source.ts';

const tokenExchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * The token of the other provider, exchanged at the Security Token Service (RFC 8693), then for one of a service account
 * if the credentials name any. google-auth-library makes the exchange through a client of its own that no outbound
 * proxy reaches, so only the parts that need its knowledge of AWS and of client certificates are left to it.
 *
 * @throws {ConnectorError} `CREDENTIALS_INVALID` when a field is missing or cannot be used.
 */
export function externalAccount(json: JsonObject, origin: string, seams: IdentitySeams): Identity {
  const fields = new CredentialFields(json, {
    kind: 'external account credentials',
    origin,
    hint: 'write them anew: gcloud iam workload-identity-pools create-cred-config',
  });
  const universe = fields.optional('universe_domain');
  const universeDomain = universe ?? seams.universeDomain;
  const exchanged = exchangedTokens(fields, { json, origin, seams: { ...seams, universeDomain } });
  const target = impersonation(fields);
  return {
    choosesScope: true,
    principal: () => target?.email,
    quotaProject: fields.optional('quota_project_id'),
    universeDomain: universe,
    tokens:
      target === undefined
        ? exchanged
        : generateAccessToken({
            ...target,
            base: cachedTokens({ tokens: exchanged, choosesScope: true }, seams),
            http: seams.http,
          }),
  };
}

interface ExchangeOptions {
  readonly json: JsonObject;
  readonly origin: string;
  readonly seams: IdentitySeams;
}

function exchangedTokens(fields: CredentialFields, { json, origin, seams }: ExchangeOptions): TokenSource {
  const source = new CredentialFields(fields.object('credential_source'), {
    kind: '"credential_source"',
    origin,
  });
  const audience = fields.required('audience');
  const subjectTokenType = fields.required('subject_token_type');
  const url = new URL(fields.url('token_url', `https://sts.${seams.universeDomain}/v1/token`));
  if (source.has('certificate')) return certificateTokens(json, { origin, seams });
  const subject = subjectToken(source, { json, fields, origin, seams });
  const client = clientOf(fields);
  const userProject = fields.optional('workforce_pool_user_project');
  return {
    async token(scope, signal) {
      const form = {
        grant_type: tokenExchangeGrant,
        audience,
        scope,
        requested_token_type: accessTokenType,
        subject_token: await subject(signal),
        subject_token_type: subjectTokenType,
        // A client that names itself has a project of its own.
        ...(client !== undefined || userProject === undefined ? {} : { options: JSON.stringify({ userProject }) }),
      };
      const { http, clock } = seams;
      return requestToken({ url, form, client, subject: `the external account in ${origin}`, signal, http, clock });
    },
  };
}

function clientOf(fields: CredentialFields): { readonly id: string; readonly secret: string } | undefined {
  const id = fields.optional('client_id');
  return id === undefined ? undefined : { id, secret: fields.optional('client_secret') ?? '' };
}

interface Target {
  readonly url: URL;
  readonly email: string | undefined;
  readonly lifetimeSeconds: number;
}

function impersonation(fields: CredentialFields): Target | undefined {
  if (!fields.has('service_account_impersonation_url')) return undefined;
  const url = new URL(fields.requiredUrl('service_account_impersonation_url'));
  const options = fields.value('service_account_impersonation');
  const seconds = isJsonObject(options) ? options['token_lifetime_seconds'] : undefined;
  return { url, email: targetOf(url), lifetimeSeconds: typeof seconds === 'number' ? seconds : 3600 };
}
