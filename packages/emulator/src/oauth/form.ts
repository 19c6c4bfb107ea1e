// Reads the fields of a token request's form.

import { OAuthError } from './oauth-error.ts';

/** @throws OAuthError `invalid_request` */
export function requiredField(form: URLSearchParams, field: string): string {
  const value = form.get(field);
  if (value === null || value === '') {
    throw new OAuthError(400, 'invalid_request', `Missing required parameter: ${field}`);
  }
  return value;
}

/** Empty when the form names no scope. */
export function scopesOf(text: string | null): readonly string[] {
  return (text ?? '').split(' ').filter((scope) => scope !== '');
}
