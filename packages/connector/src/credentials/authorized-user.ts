// Tokens for a person who logged in with gcloud: the refresh token of the login, exchanged at the token endpoint.

import { CredentialFields, type JsonObject } from './credential-fields.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { requestToken } from './token-endpoint.ts';

const googleTokenUri = 'https://oauth2.googleapis.com/token';
const login = 'gcloud auth application-default login';

/**
 * Tokens from credentials of the type `authorized_user`. They have the scopes of the login; no other can be asked for.
 *
 * @throws {ConnectorError} `CREDENTIALS_INVALID` when a field is missing.
 */
export function authorizedUser(
  json: JsonObject,
  origin: string,
  { http, clock }: Pick<IdentitySeams, 'http' | 'clock'>,
): Identity {
  const fields = new CredentialFields(json, {
    kind: 'user credentials',
    origin,
    hint: `log in anew: ${login}`,
  });
  const form = {
    grant_type: 'refresh_token',
    client_id: fields.required('client_id'),
    client_secret: fields.required('client_secret'),
    refresh_token: fields.required('refresh_token'),
  };
  const url = new URL(fields.url('token_uri', googleTokenUri));
  const account = fields.optional('account');
  const subject = account === undefined ? `the user of ${origin}` : `user ${account}`;
  return {
    choosesScope: false,
    principal: () => account,
    quotaProject: fields.optional('quota_project_id'),
    universeDomain: fields.optional('universe_domain'),
    tokens: { token: (_scope, signal) => requestToken({ url, form, subject, hintFor, signal, http, clock }) },
  };
}

/** A login ends when it expires, is revoked or must be confirmed again; all are `invalid_grant`. */
function hintFor(error: string): string | undefined {
  return error === 'invalid_grant' ? `the login has expired or was revoked; log in again: ${login}` : undefined;
}
