// What a plan is, and the one that makes a service account ready for the proxy.

import { shellWord } from 'alloydb-connector/google-apis';
import { CommandError } from '../cli/command-error.ts';
import type { Account } from './account.ts';
import { nothingMade, writeRecord } from './account-record.ts';
import { allRolesOf, rolesOf } from './iam-policy.ts';
import type { PlannedStep } from './carry-out.ts';
import { memberNameOf, type Survey } from './survey.ts';

export interface Plan {
  readonly steps: readonly PlannedStep[];
  /** What is as it should be already, in words. */
  readonly kept: readonly string[];
  readonly warnings: readonly string[];
  /** What the caller needs for the steps. */
  readonly needs: readonly string[];
}

export interface Wishes {
  readonly account: Account;
  /** As in `roles/alloydb.client`. */
  readonly roles: readonly string[];
  /** Absolute; undefined for no key. */
  readonly keyFile: string | undefined;
  readonly force: boolean;
}

export const roleNames = { client: 'roles/alloydb.client', admin: 'roles/alloydb.admin' } as const;
export const consumerRole = 'roles/serviceusage.serviceUsageConsumer';

const displayName = 'AlloyDB Auth Proxy';
const purpose = 'Connects to AlloyDB.';

/** Everything that making one can take. */
export const makingPermissions = [
  'resourcemanager.projects.getIamPolicy',
  'resourcemanager.projects.setIamPolicy',
  'iam.serviceAccounts.create',
  'iam.serviceAccounts.get',
  'iam.serviceAccountKeys.create',
] as const;

/** @throws {CommandError} when a file is in the way. */
export function planAccount(wishes: Wishes, survey: Survey): Plan {
  const { account, roles } = wishes;
  const { email } = account;
  const had = survey.policy === undefined ? [] : rolesOf(survey.policy, memberNameOf(account));
  const missing = roles.filter((role) => !had.includes(role));
  const isThere = survey.account !== 'none' && survey.account !== 'unknown';
  const steps: PlannedStep[] = [];
  const kept: string[] = [];
  if (isThere) kept.push(`service account ${email}`);
  else steps.push({ do: 'create-account', account: email, texts: textsFor(missing) });
  if (missing.length > 0) steps.push({ do: 'grant', account: email, roles: missing });
  for (const role of roles.filter((each) => had.includes(each))) kept.push(role);
  const key = keyStep(wishes, survey);
  if (key !== undefined) steps.push(key);
  else if (wishes.keyFile !== undefined) kept.push(`the key in ${wishes.keyFile}`);
  return { steps, kept, warnings: warningsOf(wishes, survey), needs: needsOf(steps) };
}

function textsFor(grantedRoles: readonly string[]) {
  const description = writeRecord(purpose, { ...nothingMade, madeAccount: true, grantedRoles });
  return { displayName, description: description ?? purpose };
}

function needsOf(steps: readonly PlannedStep[]): readonly string[] {
  const byStep = { 'create-account': 'iam.serviceAccounts.create', grant: 'resourcemanager.projects.setIamPolicy' };
  const forSteps = steps.map((step) =>
    step.do === 'create-account' || step.do === 'grant' ? byStep[step.do] : 'iam.serviceAccountKeys.create',
  );
  return ['resourcemanager.projects.getIamPolicy', 'iam.serviceAccounts.get', ...forSteps];
}

function keyStep({ account, keyFile, force }: Wishes, { place, keys }: Survey): PlannedStep | undefined {
  if (keyFile === undefined || place === undefined) return undefined;
  const step = { do: 'create-key', account: account.email, path: keyFile } as const;
  if (place.is === 'free') return { ...step, replace: false };
  if (force) return { ...step, replace: true };
  const isOurs = place.is === 'key' && place.key.email === account.email;
  if (isOurs && (keys === undefined || keys.includes(place.key.id))) return undefined;
  const what = isOurs ? 'a key that was deleted' : place.is === 'key' ? `a key of ${place.key.email}` : 'another file';
  throw new CommandError(`cannot write a key to ${keyFile}: ${what} is there`, {
    hint: 'name another place with --key-file PATH, or replace what is there with --force',
  });
}

const legacyRoles: Readonly<Record<string, string>> = {
  'roles/owner': 'may do everything in the project, and give it away',
  'roles/editor': 'may change nearly everything in the project',
  'roles/viewer': 'may read nearly everything in the project',
};

function warningsOf({ account, roles, force }: Wishes, { account: found, policy, place }: Survey): readonly string[] {
  const { email, project } = account;
  const member = memberNameOf(account);
  const had = policy === undefined ? [] : allRolesOf(policy, member);
  const takeAway = (role: string): string =>
    `gcloud projects remove-iam-policy-binding ${shellWord(project)} --member=${member} --role=${role} --all`;
  const warnings = had
    .filter((role) => legacyRoles[role] !== undefined)
    .map((role) => `${email} has ${role}, and ${legacyRoles[role]}; a proxy needs none of it: ${takeAway(role)}`);
  if (roles.includes(roleNames.admin)) {
    warnings.push(`${roleNames.admin} may change and delete clusters; a proxy needs no more than --role client`);
  } else if (had.includes(roleNames.admin)) {
    warnings.push(
      `${email} has ${roleNames.admin}, and a proxy needs no more than ${roleNames.client}: ${takeAway(roleNames.admin)}`,
    );
  }
  if (typeof found === 'object' && found.isDisabled) {
    warnings.push(`${email} is disabled: gcloud iam service-accounts enable ${email}`);
  }
  if (force && place?.is === 'key' && place.key.email === email) {
    const { id } = place.key;
    warnings.push(
      `the key that is replaced stays valid until it is deleted: gcloud iam service-accounts keys delete ${id} --iam-account=${email} (setup rotate-key does both)`,
    );
  }
  return warnings;
}
