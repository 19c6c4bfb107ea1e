// One change that `setup` makes, and the words for it before and after.

import { readRecord } from './account-record.ts';
import type { AccountTexts } from './service-accounts.ts';

export type Step =
  | { readonly do: 'create-account'; readonly account: string; readonly texts: AccountTexts }
  | { readonly do: 'grant'; readonly account: string; readonly roles: readonly string[] }
  | { readonly do: 'create-key'; readonly account: string; readonly path: string; readonly replace: boolean }
  | { readonly do: 'revoke'; readonly account: string; readonly roles: readonly string[] }
  /** Without a path where its file is not at hand. */
  | { readonly do: 'delete-key'; readonly account: string; readonly id: string; readonly path: string | undefined }
  | { readonly do: 'exchange-key'; readonly account: string; readonly path: string; readonly old: string }
  | { readonly do: 'forget'; readonly account: string; readonly description: string }
  | { readonly do: 'delete-account'; readonly account: string };

/** What was done, as it is printed: never with the key itself. */
export type DoneStep = Step & {
  /** ID of a key that was made. */
  readonly keyId?: string;
};

export function inWords(step: DoneStep, when: 'before' | 'after'): string {
  const isDone = when === 'after';
  const { account } = step;
  switch (step.do) {
    case 'create-account':
      return `${isDone ? 'created' : 'create'} service account ${account}`;
    case 'grant':
      return `${isDone ? 'granted' : 'grant'} ${account} ${step.roles.join(' and ')}`;
    case 'create-key':
      return isDone
        ? `wrote a new key to ${step.path} (mode 0600)`
        : `make a key and write it to ${step.path} (mode 0600)${step.replace ? ', in place of the file that is there' : ''}`;
    case 'revoke':
      return `${isDone ? 'took' : 'take'} ${step.roles.join(' and ')} from ${account}`;
    case 'delete-key':
      return `${isDone ? 'deleted' : 'delete'} key ${step.id} of ${account}${step.path === undefined ? '' : `, and its file ${step.path}`}`;
    case 'exchange-key':
      return isDone
        ? `key ${step.keyId} is in ${step.path}, and key ${step.old} is deleted`
        : `make a key for ${account}, try it, put it into ${step.path}, and delete key ${step.old}`;
    case 'forget':
      return `${isDone ? 'removed' : 'remove'} the record of this from the description of ${account}${readRecord(step.description).keys.length === 0 ? '' : ', but for keys that stay'}`;
    case 'delete-account':
      return `${isDone ? 'deleted' : 'delete'} service account ${account}`;
  }
}
