// The lines said at start, word for word those of the official proxy: scripts wait for them.

import type { CredentialsOption } from 'alloydb-connector';
import type { CredentialsConfig, ProxyConfig } from '../config/config.ts';

/** What is said before the listeners open. */
export function startLines({ credentials, adminApiEndpoint, instances, fuse }: ProxyConfig): readonly string[] {
  const lines = [authorizingLine(credentials)];
  if (credentials.loginToken !== undefined) {
    lines.push(
      [...instances, ...(fuse === undefined ? [] : [fuse.instance])].some(({ autoIamAuthn }) => autoIamAuthn)
        ? 'Authenticating IAM database logins with the login token'
        : 'Ignoring --login-token: no instance uses --auto-iam-authn',
    );
  }
  if (adminApiEndpoint !== undefined) lines.push(`Using API Endpoint ${adminApiEndpoint}`);
  return lines;
}

function authorizingLine({ source, impersonate }: CredentialsConfig): string {
  const beginning = impersonate === undefined ? 'Authorizing with' : 'Impersonating service account with';
  return `${beginning} ${describe(source)}`;
}

function describe(source: CredentialsOption): string {
  switch (source.kind) {
    case 'adc':
      return 'Application Default Credentials';
    case 'file':
      return `the credentials file at "${source.path}"`;
    case 'json':
      return 'JSON credentials environment variable';
    case 'token':
      return 'OAuth2 token';
    case 'token-file':
      return `the OAuth2 token in "${source.path}"`;
    case 'token-command':
      return 'the OAuth2 token of a command';
    case 'gcloud':
      return 'gcloud user credentials';
  }
}
