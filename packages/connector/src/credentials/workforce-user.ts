// Tokens for a person of a workforce pool: credentials of the type `external_account_authorized_user`.

import { CredentialFields, type JsonObject, textOf } from './credential-fields.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { requestToken } from './token-endpoint.ts';

/**
 * Tokens through the refresh token of a workforce login. They have the scopes of the login.
 *
 * @throws {ConnectorError} `CREDENTIALS_INVALID` when a field is missing.
 */
export function workforceUser(
  json: JsonObject,
  origin: string,
  { http, clock, universeDomain }: Pick<IdentitySeams, 'http' | 'clock' | 'universeDomain'>,
): Identity {
  const fields = new CredentialFields(json, { kind: 'workforce login', origin });
  const universe = fields.optional('universe_domain');
  const url = new URL(fields.url('token_url', `https://sts.${universe ?? universeDomain}/v1/oauthtoken`));
  const client = { id: fields.required('client_id'), secret: fields.required('client_secret') };
  // The endpoint may answer with a new refresh token, which takes the place of the old one.
  let refreshToken = fields.required('refresh_token');
  return {
    choosesScope: false,
    principal: () => undefined,
    quotaProject: fields.optional('quota_project_id'),
    universeDomain: universe,
    tokens: {
      async token(_scope, signal) {
        const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
        const subject = `the workforce user of ${origin}`;
        const reply = await requestToken({ url, form, client, subject, hintFor, signal, http, clock });
        refreshToken = textOf(reply.fields['refresh_token']) ?? refreshToken;
        return reply;
      },
    },
  };
}

function hintFor(error: string): string | undefined {
  if (error !== 'invalid_grant') return undefined;
  return 'the login has expired or was revoked; log in again: gcloud auth application-default login --login-config=LOGIN_CONFIG_FILE';
}
