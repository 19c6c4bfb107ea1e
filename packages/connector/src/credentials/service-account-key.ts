// Tokens for a service account from its key: a signed assertion, exchanged at the token endpoint that the key names.

import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { ConnectorError, reasonOf } from '../errors.ts';
import type { HttpClient } from '../http/http-client.ts';
import type { Clock } from '../refresh/clock.ts';
import { requestToken } from './token-endpoint.ts';
import type { Token, TokenSource } from './token-source.ts';

export interface ServiceAccountKeyOptions {
  /** Where the key came from, for messages: a path, or a description. */
  readonly origin: string;
  readonly http: HttpClient;
  readonly clock: Clock;
}

interface ServiceAccountKey {
  readonly email: string;
  readonly keyId: string | undefined;
  readonly privateKey: KeyObject;
  /** As written in the key: the assertion's audience must be the same to the letter. */
  readonly tokenUri: string;
}

const googleTokenUri = 'https://oauth2.googleapis.com/token';
const jwtBearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
// RFC 7523 leaves the life of an assertion to the server; Google accepts one hour at most.
const assertionLifeSeconds = 3600;

/**
 * Tokens from the content of a service account key file. google-auth-library would do, but for the `token_uri` of the
 * key, which it ignores: private universes and the emulator live by it.
 *
 * @throws {ConnectorError} `CREDENTIALS_INVALID` when the key lacks something or its private key cannot be read.
 */
export function serviceAccountKey(
  json: Readonly<Record<string, unknown>>,
  options: ServiceAccountKeyOptions,
): TokenSource {
  const key = readKey(json, options.origin);
  return {
    token: (scope, signal): Promise<Token> => {
      const form = { grant_type: jwtBearerGrant, assertion: assertion(key, scope, options.clock.now()) };
      return requestToken({
        url: new URL(key.tokenUri),
        form,
        subject: `service account ${key.email}`,
        signal,
        ...options,
      });
    },
  };
}

function readKey(json: Readonly<Record<string, unknown>>, origin: string): ServiceAccountKey {
  const text = (name: string): string => {
    const value = json[name];
    if (typeof value === 'string' && value !== '') return value;
    throw invalid(origin, `"${name}" is missing`);
  };
  const email = text('client_email');
  const pem = text('private_key');
  const keyId = typeof json['private_key_id'] === 'string' ? json['private_key_id'] : undefined;
  const tokenUri = typeof json['token_uri'] === 'string' ? json['token_uri'] : googleTokenUri;
  if (!URL.canParse(tokenUri)) throw invalid(origin, '"token_uri" is not a URL');
  try {
    return { email, keyId, privateKey: createPrivateKey(pem), tokenUri };
  } catch {
    // The cause is left out: OpenSSL's message may quote what it stumbled over, and this is a private key.
    throw invalid(origin, '"private_key" is not a private key in PEM form');
  }
}

function invalid(origin: string, reason: string): ConnectorError {
  return new ConnectorError('CREDENTIALS_INVALID', `Cannot use the service account key in ${origin}: ${reason}`, {
    hint: 'create a new JSON key: gcloud iam service-accounts keys create KEY_FILE --iam-account=SERVICE_ACCOUNT',
  });
}

/** RFC 7519 and RFC 7523: header, claims and RS256 signature, each base64url. */
function assertion({ email, keyId, privateKey, tokenUri }: ServiceAccountKey, scope: string, now: number): string {
  const issuedAt = Math.floor(now / 1000);
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) };
  const claims = { iss: email, scope, aud: tokenUri, iat: issuedAt, exp: issuedAt + assertionLifeSeconds };
  const signed = `${base64url(header)}.${base64url(claims)}`;
  try {
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
  } catch (error) {
    throw new ConnectorError('CREDENTIALS_INVALID', `Cannot sign with the key of ${email}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
