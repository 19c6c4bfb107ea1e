// The gcloud commands that hints are made of, safe to paste into a shell.

/** What stands in a command where the connector does not know the principal. */
export const unknownMember = 'PRINCIPAL';

/**
 * A person's or a service account's e-mail as IAM writes it in a policy. Identities of workload federation are URLs
 * (`principal://…`) and stand as they are.
 */
export function memberOf(principal: string | undefined): string {
  if (principal === undefined) return unknownMember;
  if (principal.includes('://')) return principal;
  return `${isServiceAccount(principal) ? 'serviceAccount' : 'user'}:${principal}`;
}

export function isServiceAccount(principal: string): boolean {
  return principal.endsWith('.gserviceaccount.com');
}

export interface Grant {
  readonly project: string;
  /** As {@link memberOf} gives it. */
  readonly member: string;
  /** As in `roles/alloydb.client`. */
  readonly role: string;
}

/** Grants a role; who the member is has to be filled in where it is unknown, and the command says so. */
export function grantCommand({ project, member, role }: Grant): string {
  const command = `gcloud projects add-iam-policy-binding ${shellWord(project)} --member=${shellWord(member)} --role=${role}`;
  return member === unknownMember
    ? `${command} (${unknownMember} is user:EMAIL or serviceAccount:EMAIL of the credentials in use)`
    : command;
}

/**
 * One word of a shell. Names come from a server's answer or from a URI; pasting a hint must never run what they hold.
 */
export function shellWord(text: string): string {
  return /^[\w.:@/+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
