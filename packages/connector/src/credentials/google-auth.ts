// Tokens from google-auth-library, for every kind of credential that has no source of its own here.

import type { AuthClient, GoogleAuthOptions } from 'google-auth-library';
import { ConnectorError, reasonOf } from '../errors.ts';
import type { TokenSource } from './token-source.ts';

export interface GoogleAuthSourceOptions {
  /** What the credentials are, for messages. */
  readonly origin: string;
  /** Content of a credential file; absent to let the library look for the platform's own identity. */
  readonly credentials?: Readonly<Record<string, unknown>>;
}

/** Tokens through google-auth-library, which is loaded at the first request and keeps one client for each scope. */
export function googleAuth({ origin, credentials }: GoogleAuthSourceOptions): TokenSource {
  const clients = new Map<string, Promise<AuthClient>>();

  const client = (scope: string): Promise<AuthClient> => {
    const known = clients.get(scope);
    if (known !== undefined) return known;
    const created = createClient(scope, credentials);
    clients.set(scope, created);
    // A failed look-up must not stand for ever: the metadata server may come up after us.
    created.catch(() => clients.delete(scope));
    return created;
  };

  return {
    async token(scope) {
      let auth: AuthClient;
      try {
        auth = await client(scope);
      } catch (error) {
        throw notUsable(origin, credentials, error);
      }
      try {
        const { token } = await auth.getAccessToken();
        if (typeof token !== 'string' || token === '') throw new Error('the answer holds no access token');
        return { value: token, expiresAt: auth.credentials.expiry_date ?? undefined };
      } catch (error) {
        throw new ConnectorError('TOKEN_REQUEST_FAILED', `Cannot get a token with ${origin}: ${reasonOf(error)}`);
      }
    },
  };
}

async function createClient(scope: string, credentials: GoogleAuthSourceOptions['credentials']): Promise<AuthClient> {
  const { GoogleAuth } = await import('google-auth-library');
  const options: GoogleAuthOptions = credentials === undefined ? {} : { credentials };
  return new GoogleAuth({ ...options, scopes: scope }).getClient();
}

function notUsable(
  origin: string,
  credentials: GoogleAuthSourceOptions['credentials'],
  error: unknown,
): ConnectorError {
  // No cause is kept: errors of the library hold the request, and with it secrets.
  if (credentials === undefined) {
    return new ConnectorError('CREDENTIALS_NOT_FOUND', `Cannot find ${origin}: ${reasonOf(error)}`, {
      hint: 'log in with: gcloud auth application-default login; or name a key file with --credentials-file',
    });
  }
  return new ConnectorError('CREDENTIALS_INVALID', `Cannot use ${origin}: ${reasonOf(error)}`);
}
