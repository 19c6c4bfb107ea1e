// The plan that takes away what `setup` has made, and only that.

import type { Account } from './account.ts';
import { holdsKey, nothingMade, readRecord, writeRecord } from './account-record.ts';
import { rolesOf } from './iam-policy.ts';
import type { Plan } from './plan.ts';
import type { PlannedStep } from './carry-out.ts';
import { memberNameOf, type Survey } from './survey.ts';

/** Everything that it can take. */
export const undoingPermissions = [
  'resourcemanager.projects.getIamPolicy',
  'resourcemanager.projects.setIamPolicy',
  'iam.serviceAccounts.get',
  'iam.serviceAccounts.update',
  'iam.serviceAccounts.delete',
  'iam.serviceAccountKeys.delete',
] as const;

const reading = ['resourcemanager.projects.getIamPolicy', 'iam.serviceAccounts.get'];

const needed = {
  revoke: 'resourcemanager.projects.setIamPolicy',
  'delete-key': 'iam.serviceAccountKeys.delete',
  forget: 'iam.serviceAccounts.update',
  'delete-account': 'iam.serviceAccounts.delete',
} as const;

type UndoStep = Extract<PlannedStep, { readonly do: keyof typeof needed }>;

export function planUndo(account: Account, keyFile: string, survey: Survey): Plan {
  const { email } = account;
  const { account: found, policy, place } = survey;
  if (found === 'unknown') return { steps: [], kept: [], warnings: [], needs: reading };
  if (found === 'none') {
    return { steps: [], kept: [`nothing: there is no service account ${email}`], warnings: [], needs: reading };
  }
  const record = readRecord(found.description);
  const had = policy === undefined ? [] : rolesOf(policy, memberNameOf(account));
  const granted = record.grantedRoles.filter((role) => had.includes(role));
  const steps: UndoStep[] = [];
  const kept: string[] = [];
  const warnings: string[] = [];
  if (granted.length > 0) steps.push({ do: 'revoke', account: email, roles: granted });
  const key = place?.is === 'key' && place.key.email === email ? place.key : undefined;
  if (key !== undefined && holdsKey(record, key.id)) {
    steps.push({ do: 'delete-key', account: email, id: key.id, path: keyFile });
  } else if (place !== undefined && place.is !== 'free') {
    kept.push(`${keyFile}: setup has not made the key in it`);
  }
  const elsewhere = record.keys.filter((prefix) => key === undefined || !key.id.startsWith(prefix));
  if (record.madeAccount) {
    steps.push({ do: 'delete-account', account: email });
    const others = (survey.keys ?? []).filter((id) => id !== key?.id);
    if (others.length > 0)
      warnings.push(`${others.length} other ${others.length === 1 ? 'key' : 'keys'} of ${email} will be gone with it`);
  } else {
    kept.push(`service account ${email}: it was there before`);
    // Of those that are not listed, nobody knows whether they are valid: their record is all that leads to them.
    const left = survey.keys === undefined ? elsewhere : [];
    for (const id of survey.keys ?? []) {
      if (elsewhere.some((prefix) => id.startsWith(prefix)))
        steps.push({ do: 'delete-key', account: email, id, path: undefined });
    }
    if (left.length > 0) {
      warnings.push(
        `${left.length === 1 ? 'a key' : `${left.length} keys`} of ${email} that setup has made may stay valid, as iam.serviceAccountKeys.list is missing: see gcloud iam service-accounts keys list --iam-account=${email} (${left.map((prefix) => `${prefix}…`).join(', ')})`,
      );
    }
    const description = writeRecord(found.description, { ...nothingMade, keys: left }) ?? '';
    if (description !== found.description) steps.push({ do: 'forget', account: email, description });
  }
  for (const role of had.filter((each) => !granted.includes(each))) {
    if (record.madeAccount) warnings.push(`${email} also has ${role}, which somebody else has granted`);
    else kept.push(`${role}: setup has not granted it`);
  }
  return { steps, kept, warnings, needs: [...reading, ...steps.map((step) => needed[step.do])] };
}
