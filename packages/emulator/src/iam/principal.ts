// Principals are e-mail addresses; this is how one becomes a database user name.

import { EmulatorError } from '../emulator-error.ts';

const SERVICE_ACCOUNT_SUFFIX = '.gserviceaccount.com';

/** A person's full e-mail; a service account's without `.gserviceaccount.com`. */
export function databaseUserOf(principal: string): string {
  return principal.endsWith(SERVICE_ACCOUNT_SUFFIX) ? principal.slice(0, -SERVICE_ACCOUNT_SUFFIX.length) : principal;
}

/** The project that a service account belongs to, `local` for anything else. */
export function projectOf(principal: string): string {
  return /@([a-z0-9-]+)\.iam\.gserviceaccount\.com$/.exec(principal)?.[1] ?? 'local';
}

/** @throws EmulatorError `INVALID_OPTION` when `text` is no e-mail address. */
export function checkPrincipal(text: string): string {
  if (/^[^\s@"']+@[^\s@"']+$/.test(text)) return text;
  throw new EmulatorError('INVALID_OPTION', `Cannot use "${text}" as a principal: not an e-mail address`, {
    hint: 'write a service account as NAME@PROJECT.iam.gserviceaccount.com',
  });
}
