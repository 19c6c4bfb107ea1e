// Carries a plan out, step by step; what was done stays done when a later step fails, and the same command goes on from there.

import { rm } from 'node:fs/promises';
import type { GoogleApis } from 'alloydb-connector/google-apis';
import type { Account } from './account.ts';
import { addToRecord, readRecord, type RecordAddition, writeRecord } from './account-record.ts';
import { changePolicy } from './change-policy.ts';
import { withoutRoles, withRoles } from './iam-policy.ts';
import { putKey } from './key-place.ts';
import type { Persistence } from './persistence.ts';
import { wordsOf } from './api-failure.ts';
import { type KnownAccount, ServiceAccounts } from './service-accounts.ts';
import type { DoneStep, Step } from './step.ts';
import { memberNameOf } from './survey.ts';

export interface Work extends Persistence {
  readonly apis: Pick<GoogleApis, 'call' | 'principal'>;
  readonly account: Account;
  /** As it was before the first step; undefined when it is to be made. */
  readonly found: KnownAccount | undefined;
  readonly onDone: (step: DoneStep) => void;
  readonly onWarning: (text: string) => void;
}

const noteLimitMs = 10_000;

/** A key is exchanged by itself. */
export type PlannedStep = Exclude<Step, { readonly do: 'exchange-key' }>;

/** @throws {CommandError} for the first step that fails. */
export async function carryOut(steps: readonly PlannedStep[], work: Work): Promise<void> {
  const { apis, account, signal, pause, onDone } = work;
  const accounts = new ServiceAccounts(apis, account, { signal, pause });
  const policy = { apis, project: account.project, signal, pause };
  const member = memberNameOf(account);
  let description = work.found?.description ?? '';
  const note = async (addition: RecordAddition): Promise<void> => {
    description = await noted(description, addition, accounts, work);
  };
  const noteKey = async (key: string): Promise<void> => {
    // Also after an interruption: the key is there, and --undo is to find it.
    const persistence = { signal: AbortSignal.timeout(noteLimitMs), pause };
    description = await noted(description, { key }, new ServiceAccounts(apis, account, persistence), work);
  };
  for (const step of steps) {
    signal.throwIfAborted();
    switch (step.do) {
      case 'create-account':
        ({ description } = await accounts.create(account.name, step.texts));
        onDone(step);
        break;
      case 'grant':
        // Before it is true: what is not written down could not be undone.
        await note({ grantedRoles: step.roles });
        await changePolicy(policy, (each) => withRoles(each, member, step.roles));
        onDone(step);
        break;
      case 'create-key': {
        const keyId = await createKey(step, accounts);
        onDone({ ...step, keyId });
        await noteKey(keyId);
        break;
      }
      case 'revoke':
        await changePolicy(policy, (each) => withoutRoles(each, member, step.roles));
        onDone(step);
        break;
      case 'delete-key':
        await accounts.deleteKey(step.id);
        if (step.path !== undefined) await rm(step.path, { force: true });
        onDone(step);
        break;
      case 'forget':
        if (await accounts.describe(step.description)) onDone(step);
        else work.onWarning(`cannot change the description of ${account.email}: its record of this stays`);
        break;
      case 'delete-account':
        await accounts.delete();
        onDone(step);
        break;
    }
  }
}

/** A key that cannot be written would be lost, and valid for years: it is deleted again. */
async function createKey(
  { path, replace }: Extract<Step, { do: 'create-key' }>,
  accounts: ServiceAccounts,
): Promise<string> {
  const { id, text } = await accounts.createKey();
  try {
    await putKey(path, text, { replace });
  } catch (error) {
    await accounts.deleteKey(id);
    throw error;
  }
  return id;
}

/** Returns the description as it is now. */
async function noted(
  description: string,
  addition: RecordAddition,
  accounts: ServiceAccounts,
  { account, onWarning }: Work,
): Promise<string> {
  const wanted = writeRecord(description, addToRecord(readRecord(description), addition));
  if (wanted === description) return description;
  const what = addition.key === undefined ? 'the roles' : 'the key';
  let why = wanted === undefined ? 'there is no room for it' : 'iam.serviceAccounts.update is needed for that';
  try {
    if (wanted !== undefined && (await accounts.describe(wanted))) return wanted;
  } catch (error) {
    // Roles are not granted yet; a key is made, and nothing is wrong with it.
    if (addition.key === undefined) throw error;
    why = wordsOf(error);
  }
  onWarning(`cannot note ${what} in the description of ${account.email} (${why}): --undo will leave ${what} alone`);
  return description;
}
