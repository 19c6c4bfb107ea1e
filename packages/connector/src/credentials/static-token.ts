// An access token that was given ready-made; it is used until whoever gave it gives another.

import { ConnectorError } from '../errors.ts';
import type { TokenSource } from './token-source.ts';

/** True for what can stand in a header as it is. */
export function isHeaderValue(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/**
 * @param subject what the token is, for messages.
 * @throws {ConnectorError} `CREDENTIALS_INVALID` when the token could not stand in a header.
 */
export function staticToken(value: string, subject = 'the OAuth2 token'): TokenSource {
  // The value itself never appears in the message: it may be a real token with one stray character.
  if (!isHeaderValue(value)) {
    throw new ConnectorError('CREDENTIALS_INVALID', `Cannot use ${subject}: it is empty or holds white space`, {
      hint: 'pass the output of: gcloud auth print-access-token',
    });
  }
  const token = Promise.resolve({ value, expiresAt: undefined });
  return { token: () => token };
}
