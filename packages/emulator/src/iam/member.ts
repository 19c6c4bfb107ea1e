// Members of a policy's bindings: principals with the word in front that says of which kind they are.

import { isServiceAccount } from './principal.ts';

/** `user:ann@example.com`, `serviceAccount:app@p.iam.gserviceaccount.com`; identities of pools stay as they are. */
export function memberOf(principal: string): string {
  if (principal.startsWith('principal:')) return principal;
  return isServiceAccount(principal) ? `serviceAccount:${principal}` : `user:${principal}`;
}

/** Whether a binding's member stands for the principal. The emulator knows no groups. */
export function standsFor(member: string, principal: string): boolean {
  if (member === 'allUsers' || member === 'allAuthenticatedUsers') return true;
  if (member.startsWith('domain:')) {
    return !isServiceAccount(principal) && principal.endsWith(`@${member.slice('domain:'.length)}`);
  }
  return member === memberOf(principal);
}

/** What a member becomes when its service account is deleted: another of the same name would be somebody else. */
export function deletedMember(account: { readonly email: string; readonly uniqueId: string }): string {
  return `deleted:serviceAccount:${account.email}?uid=${account.uniqueId}`;
}

/** Says in Google's words what is wrong with a member; undefined when nothing is. */
export function faultOfMember(member: string, accountExists: (email: string) => boolean): string | undefined {
  if (member === 'allUsers' || member === 'allAuthenticatedUsers') return undefined;
  if (/^principal(Set)?:\/\/iam\.googleapis\.com\/\S+$/.test(member)) return undefined;
  if (/^deleted:(user|serviceAccount|group):\S+\?uid=\d+$/.test(member)) return undefined;
  const [, kind, name = ''] =
    /^(user|serviceAccount|group|domain|projectOwner|projectEditor|projectViewer):(.*)$/.exec(member) ?? [];
  if (kind === undefined) {
    return `The member ${member} is of an unknown type. Please set a valid type prefix for the member.`;
  }
  if (kind === 'serviceAccount') {
    return isServiceAccount(name) && accountExists(name) ? undefined : `Service account ${name} does not exist.`;
  }
  if (kind === 'domain') return /^[a-z0-9.-]+\.[a-z]+$/i.test(name) ? undefined : `Domain ${name} does not exist.`;
  if (kind.startsWith('project')) return undefined;
  if (isServiceAccount(name)) {
    return `Principal ${name} is of type "serviceAccount". The principal should appear as "serviceAccount:${name}".`;
  }
  return /^[^\s@]+@[^\s@]+$/.test(name) ? undefined : `${kind === 'user' ? 'User' : 'Group'} ${name} does not exist.`;
}
