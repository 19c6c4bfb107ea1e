// What a user can do about each text with which the server-side proxy refuses in the metadata exchange.

import { grantCommand, isServiceAccount, memberOf } from '../gcloud-commands.ts';
import type { InstanceUri } from '../instance/uri.ts';

export interface RefusalContext {
  readonly instance: InstanceUri;
  /** E-mail of whose token was sent; undefined where the credentials do not tell. */
  readonly principal: string | undefined;
}

/** One known text; docs/errors.md is made from the list of them. */
export interface Refusal {
  /** How the text begins, or a part that it always has. */
  readonly text: string;
  readonly meaning: string;
  readonly hint: (context: RefusalContext) => string;
}

/** The exchange has no codes: the words are all that tells one refusal from another. */
export const refusals: readonly Refusal[] = [
  {
    text: 'IAM principal does not match database user',
    meaning: 'Auto IAM AuthN was asked for, and the client logs in as somebody else',
    hint: ({ principal }) => {
      const rule =
        "the database user is a person's full e-mail, or a service account's e-mail without .gserviceaccount.com";
      return principal === undefined ? rule : `log in as ${databaseUserOf(principal)}: ${rule}`;
    },
  },
  {
    text: 'Caller does not have required permission to use project',
    meaning: 'the principal may not connect to instances of the project, or may not use it',
    hint: ({ instance: { project }, principal }) => {
      const member = memberOf(principal);
      return `grant both roles: ${grantCommand({ project, member, role: 'roles/alloydb.client' })}; ${grantCommand({ project, member, role: 'roles/serviceusage.serviceUsageConsumer' })}`;
    },
  },
  {
    text: 'Request had insufficient scopes',
    meaning: 'the token has neither the scope alloydb.login nor cloud-platform',
    hint: () =>
      'make the token with the scope https://www.googleapis.com/auth/cloud-platform or https://www.googleapis.com/auth/alloydb.login: gcloud auth application-default login; on a VM: gcloud compute instances set-service-account VM --zone=ZONE --scopes=cloud-platform',
  },
  {
    text: 'Request had invalid authentication credentials',
    meaning: 'the token has expired, was revoked, or is no access token',
    hint: ({ principal }) =>
      principal !== undefined && isServiceAccount(principal)
        ? 'check that the clock of this machine is right and that the key of the service account still exists'
        : 'log in again: gcloud auth application-default login',
  },
];

/** What to do about a refusal, or undefined when its text is not one of the known ones. */
export function refusalHint(text: string, context: RefusalContext): string | undefined {
  const words = text.toLowerCase();
  return refusals.find((refusal) => words.includes(refusal.text.toLowerCase()))?.hint(context);
}

/** The name that a principal has as a database user. */
export function databaseUserOf(principal: string): string {
  return principal.replace(/\.gserviceaccount\.com$/, '');
}
