// Gets a client certificate from an Admin API, as files for programs that know TLS and nothing of AlloyDB.

import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TlsFiles {
  /** Leaf and intermediate. */
  readonly cert: string;
  readonly key: string;
  /** Chain and key in one file, as haproxy wants them. */
  readonly both: string;
  /** The one authority that the server's certificate leads to. */
  readonly ca: string;
  /** An access token for the metadata exchange. */
  readonly token: string;
}

export interface CertificateRequest {
  readonly api: string;
  /** Instance URI. */
  readonly uri: string;
  /** Path of a service account's key file. */
  readonly credentials: string;
  readonly useMetadataExchange: boolean;
  readonly folder: string;
}

interface KeyFile {
  readonly client_email: string;
  readonly private_key: string;
  readonly private_key_id: string;
  readonly token_uri: string;
}

interface CertificateAnswer {
  readonly pemCertificateChain: readonly string[];
  readonly caCert: string;
}

const hour = 3_600;

/** @throws {Error} when the API refuses. */
export async function requestCertificate(request: CertificateRequest): Promise<TlsFiles> {
  const { api, uri, credentials, useMetadataExchange, folder } = request;
  const accessToken = await getToken(JSON.parse(readFileSync(credentials, 'utf8')) as KeyFile);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const cluster = uri.replace(/\/instances\/.*$/, '');
  const answer = (await post(`${api}/v1alpha/${cluster}:generateClientCertificate`, {
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ parent: cluster, certDuration: `${hour}s`, publicKey, useMetadataExchange }),
  })) as CertificateAnswer;
  const name = (ending: string): string => join(folder, `${useMetadataExchange ? 'exchanging' : 'plain'}.${ending}`);
  const files = { cert: name('crt'), key: name('key'), both: name('pem'), ca: name('ca.crt'), token: name('token') };
  const chain = answer.pemCertificateChain.slice(0, 2).join('\n');
  writeFileSync(files.cert, chain);
  writeFileSync(files.key, privateKey, { mode: 0o600 });
  writeFileSync(files.both, `${chain}\n${privateKey}`, { mode: 0o600 });
  writeFileSync(files.ca, answer.caCert);
  writeFileSync(files.token, accessToken, { mode: 0o600 });
  return files;
}

/** The exchange of RFC 7523: a signed assertion for an access token. */
async function getToken(key: KeyFile): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: key.client_email,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    aud: key.token_uri,
    iat: now,
    exp: now + hour,
  };
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: key.private_key_id })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), createPrivateKey(key.private_key)).toString('base64url');
  const answer = (await post(key.token_uri, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: `${signed}.${signature}`,
    }).toString(),
  })) as { readonly access_token: string };
  return answer.access_token;
}

async function post(
  url: string,
  { headers, body }: { readonly headers: Record<string, string>; readonly body: string },
) {
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`cannot get a certificate for the benchmark: ${url}: ${response.status} ${text}`);
  return JSON.parse(text) as unknown;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
