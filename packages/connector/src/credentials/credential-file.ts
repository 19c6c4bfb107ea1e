// Tokens from a credential file of any kind that Google writes.

import { readFileSync } from 'node:fs';
import { ConnectorError, reasonOf } from '../errors.ts';
import type { HttpClient } from '../http/http-client.ts';
import type { Clock } from '../refresh/clock.ts';
import { googleAuth } from './google-auth.ts';
import { serviceAccountKey } from './service-account-key.ts';
import type { TokenSource } from './token-source.ts';

export interface CredentialFileOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
}

/**
 * Reads a credential file at once, so that a wrong path is refused before anything starts.
 *
 * @throws {ConnectorError} `CREDENTIALS_INVALID` when it cannot be read or is not a credential file.
 */
export function credentialFile(path: string, options: CredentialFileOptions): TokenSource {
  const json = readJson(path);
  const origin = `"${path}"`;
  if (json['type'] === 'service_account') return serviceAccountKey(json, { ...options, origin });
  if (typeof json['type'] === 'string')
    return googleAuth({ origin: `the credentials in ${origin}`, credentials: json });
  throw invalid(path, 'it has no "type"');
}

function readJson(path: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConnectorError('CREDENTIALS_INVALID', `Cannot read the credential file "${path}": ${reasonOf(error)}`, {
      cause: error,
      hint: 'check the path and that this user may read the file',
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // The parser's message quotes the text around the mistake, which may be a private key.
  }
  throw invalid(path, 'it is no JSON object');
}

function invalid(path: string, reason: string): ConnectorError {
  return new ConnectorError('CREDENTIALS_INVALID', `Cannot use the credential file "${path}": ${reason}`, {
    hint: 'it must be a JSON key or credential configuration as Google Cloud writes it',
  });
}
