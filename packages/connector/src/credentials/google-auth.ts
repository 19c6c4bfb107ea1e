// What only google-auth-library knows: tokens from AWS, and exchanges that a client certificate authorises.

import type { Agent } from 'node:http';
import type {
  AwsClientOptions,
  BaseExternalAccountClientOptions,
  IdentityPoolClientOptions,
} from 'google-auth-library';
import { orAborted, withTimeLimit } from '../abort.ts';
import { ConnectorError, reasonOf } from '../errors.ts';
import type { JsonObject } from './credential-fields.ts';
import type { IdentitySeams } from './identity.ts';
import type { SubjectToken } from './subject-token.ts';
import { tokenRequestLimitMs } from './token-endpoint.ts';
import type { TokenSource } from './token-source.ts';

export interface GoogleAuthOptions {
  readonly origin: string;
  readonly seams: IdentitySeams;
}

/** A signed request to AWS that names its caller, which is what Google accepts for a token of AWS. */
export function awsSubjectToken(json: JsonObject, { origin, seams }: GoogleAuthOptions): SubjectToken {
  return (signal) =>
    limited(origin, signal, async () => {
      const { AwsClient } = await import('google-auth-library');
      return new AwsClient({ ...(json as unknown as AwsClientOptions), ...transport(seams) }).retrieveSubjectToken();
    });
}

/**
 * Access tokens through mutual TLS: the library makes these connections itself, because the certificate has to be on
 * them, and no outbound proxy applies.
 */
export function certificateTokens(json: JsonObject, { origin, seams }: GoogleAuthOptions): TokenSource {
  return {
    token: (scope, signal) =>
      limited(origin, signal, async () => {
        const { IdentityPoolClient } = await import('google-auth-library');
        // A new client each time: the one before would give the token that it holds, even one that a server refused.
        const client = new IdentityPoolClient({
          ...(json as unknown as IdentityPoolClientOptions),
          ...transport(seams),
          scopes: [scope],
          // The service account of the credentials is asked for in generate-access-token.ts.
          service_account_impersonation_url: undefined,
        } as unknown as IdentityPoolClientOptions);
        const { token } = await client.getAccessToken();
        if (typeof token !== 'string' || token === '') throw new Error('the answer holds no access token');
        return { value: token, expiresAt: client.credentials.expiry_date ?? undefined };
      }),
  };
}

function transport({ agent }: IdentitySeams): Pick<BaseExternalAccountClientOptions, 'transporterOptions'> {
  // An agent that declines leaves the default to the library, which its type does not say.
  return agent === undefined ? {} : { transporterOptions: { agent: (url) => agent(url) as Agent } };
}

async function limited<T>(origin: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await withTimeLimit(tokenRequestLimitMs, [signal], (limit) => orAborted(work(), limit));
  } catch (error) {
    signal.throwIfAborted();
    // No cause is kept: errors of the library hold the request, and with it secrets.
    throw new ConnectorError(
      'TOKEN_REQUEST_FAILED',
      `Cannot get a token with the external account in ${origin}: ${safeReason(error)}`,
    );
  }
}

/** The library puts what a server answered into its messages; a status or a code says enough. */
function safeReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  const { status, code } = error as Error & { readonly status?: unknown; readonly code?: unknown };
  if (typeof status === 'number') return `HTTP status ${status}`;
  if (typeof code === 'string') return reasonOf(Object.assign(new Error(code), { code }));
  return 'config' in error || error instanceof SyntaxError ? error.name : error.message;
}
