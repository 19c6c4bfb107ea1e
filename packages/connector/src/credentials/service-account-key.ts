// Tokens for a service account from its key: a signed assertion, exchanged at the token endpoint that the key names.

import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { ConnectorError } from '../errors.ts';
import { shellWord } from '../gcloud-commands.ts';
import { CredentialFields, type JsonObject } from './credential-fields.ts';
import type { Identity, IdentitySeams } from './identity.ts';
import { requestToken } from './token-endpoint.ts';

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
  json: JsonObject,
  origin: string,
  { http, clock }: Pick<IdentitySeams, 'http' | 'clock'>,
): Identity {
  const fields = new CredentialFields(json, {
    kind: 'service account key',
    origin,
    hint: 'create a new JSON key: gcloud iam service-accounts keys create KEY_FILE --iam-account=SERVICE_ACCOUNT',
  });
  const key = readKey(fields);
  return {
    choosesScope: true,
    principal: () => key.email,
    quotaProject: fields.optional('quota_project_id'),
    project: async () => fields.optional('project_id'),
    universeDomain: fields.optional('universe_domain'),
    tokens: {
      token: async (scope, signal) =>
        requestToken({
          url: new URL(key.tokenUri),
          form: { grant_type: jwtBearerGrant, assertion: assertion(key, scope, clock.now()) },
          subject: `service account ${key.email}`,
          hintFor: (error) => hintFor(error, key.email),
          signal,
          http,
          clock,
        }),
    },
  };
}

function readKey(fields: CredentialFields): ServiceAccountKey {
  const email = fields.required('client_email');
  const pem = fields.required('private_key');
  const keyId = fields.optional('private_key_id');
  const tokenUri = fields.url('token_uri', googleTokenUri);
  try {
    return { email, keyId, privateKey: createPrivateKey(pem), tokenUri };
  } catch {
    // The cause is left out: OpenSSL's message may quote what it stumbled over, and this is a private key.
    throw fields.invalid('"private_key" is not a private key in PEM form');
  }
}

function hintFor(error: string, email: string): string | undefined {
  if (error !== 'invalid_grant') return undefined;
  return `the key may have been deleted, or the clock of this machine is wrong; see: gcloud iam service-accounts keys list --iam-account=${shellWord(email)}`;
}

/** RFC 7519 and RFC 7523: header, claims and RS256 signature, each base64url. */
function assertion({ email, keyId, privateKey, tokenUri }: ServiceAccountKey, scope: string, now: number): string {
  const issuedAt = Math.floor(now / 1000);
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) };
  const claims = { iss: email, scope, aud: tokenUri, iat: issuedAt, exp: issuedAt + assertionLifeSeconds };
  const signed = `${base64url(header)}.${base64url(claims)}`;
  try {
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
  } catch {
    throw new ConnectorError('CREDENTIALS_INVALID', `Cannot sign with the key of ${email}: it is not an RSA key`);
  }
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
