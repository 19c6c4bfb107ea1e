// Principals: e-mail addresses of people and service accounts, and identities of workload pools.

import { EmulatorError } from '../emulator-error.ts';

const SERVICE_ACCOUNT_SUFFIX = '.gserviceaccount.com';
const EMAIL = /^[^\s@"'/]+@[^\s@"'/]+$/;

/** A person's full e-mail; a service account's without `.gserviceaccount.com`. */
export function databaseUserOf(principal: string): string {
  return principal.endsWith(SERVICE_ACCOUNT_SUFFIX) ? principal.slice(0, -SERVICE_ACCOUNT_SUFFIX.length) : principal;
}

/** The reverse of {@link databaseUserOf}. */
export function principalOf(databaseUser: string): string {
  return databaseUser.endsWith('.iam') ? `${databaseUser}${SERVICE_ACCOUNT_SUFFIX}` : databaseUser;
}

/** E-mail of a project's service account: those of project example.com:app live in app.example.com. */
export function serviceAccountOf(account: string, project: string): string {
  return `${account}@${project.split(':').toReversed().join('.')}.iam${SERVICE_ACCOUNT_SUFFIX}`;
}

/** The project that a service account belongs to, `local` for anything else. */
export function projectOf(principal: string): string {
  const [, project, domain] = /@([a-z0-9-]+)(?:\.([a-z0-9.-]+))?\.iam\.gserviceaccount\.com$/.exec(principal) ?? [];
  if (project === undefined) return 'local';
  return domain === undefined ? project : `${domain}:${project}`;
}

export function isServiceAccount(principal: string): boolean {
  return EMAIL.test(principal) && principal.endsWith(SERVICE_ACCOUNT_SUFFIX);
}

/** The resource that is the service account itself, on which others have roles. */
export function serviceAccountResource(email: string): string {
  return `projects/${projectOf(email)}/serviceAccounts/${email}`;
}

/** @throws EmulatorError `INVALID_OPTION` when `text` is neither an e-mail address nor an identity of a workload pool. */
export function checkPrincipal(text: string): string {
  if (EMAIL.test(text) || /^principal:\/\/iam\.googleapis\.com\/\S+$/.test(text)) return text;
  throw new EmulatorError('INVALID_OPTION', `Cannot use "${text}" as a principal: not an e-mail address`, {
    hint: 'write a service account as NAME@PROJECT.iam.gserviceaccount.com',
  });
}
