// Makes the service account, or takes it away: look, plan, refuse what cannot be, ask, carry out.

import { dirname } from 'node:path';
import { type GoogleApis, shellWord } from 'alloydb-connector/google-apis';
import type { Ask } from '../cli/ask.ts';
import { CommandError } from '../cli/command-error.ts';
import { PROGRAM } from '../cli/program-name.ts';
import { carryOut } from './carry-out.ts';
import { mayGoOn } from './consent.ts';
import { isOpenToOthers, requireFolder } from './key-place.ts';
import type { SetupOutput } from './output.ts';
import { ownerCommands } from './owner-commands.ts';
import type { Persistence } from './persistence.ts';
import { makingPermissions, type Plan, planAccount } from './plan.ts';
import { planUndo, undoingPermissions } from './plan-undo.ts';
import { platformIdentity } from './platform-identity.ts';
import type { SetupTask, SetupWords } from './setup-words.ts';
import { survey, type Survey } from './survey.ts';

export interface SetupSeams extends Persistence {
  readonly apis: GoogleApis;
  readonly env: NodeJS.ProcessEnv;
  readonly output: SetupOutput;
  readonly ask: Ask | undefined;
  /** How long to wait for a metadata server, which most machines do not have, in milliseconds. */
  readonly identityLimitMs: number;
}

type AccountTask = Exclude<SetupTask, { is: 'rotate' }>;

/** @throws {CommandError} */
export async function runAccountTask(task: AccountTask, words: SetupWords, seams: SetupSeams): Promise<void> {
  const { apis, env, output, pause, signal, identityLimitMs } = seams;
  const { account, keyFile } = task;
  const permissions = task.is === 'make' ? makingPermissions : undoingPermissions;
  const [found, identity] = await Promise.all([
    survey({ apis, account, keyFile, permissions, pause, signal }),
    task.is === 'make' && keyFile !== undefined ? platformIdentity({ env, timeoutMs: identityLimitMs }) : undefined,
  ]);
  const plan = task.is === 'make' ? planAccount(task, found) : planUndo(account, task.keyFile, found);
  refuseForbidden(task, plan, found, seams);
  const warnings = [...plan.warnings, ...(await warningsOfKey(plan, identity))];
  for (const warning of warnings) output.warn(warning);
  const { project, email } = account;
  const verb = task.is === 'make' ? 'set up' : 'undo the setup of';
  const title = `${verb} ${email} in project ${project}${asWhom(apis)}`;
  const subject = { project, account: email, ...(keyFile === undefined ? {} : { keyFile }) };
  if (!(await mayGoOn({ subject, title, ...plan }, { ...words, ...seams }))) return;
  const known = typeof found.account === 'object' ? found.account : undefined;
  const onDone = output.done.bind(output);
  try {
    const work = { apis, account, pause, signal, found: known, onDone, onWarning: output.warn.bind(output) };
    await carryOut(plan.steps, work);
  } catch (error) {
    output.end('failed');
    if (error instanceof CommandError || !signal.aborted) throw error;
    throw new CommandError('interrupted', {
      hint: 'what was done so far stays; run it again to go on, or with --undo',
    });
  }
  output.end('done', task.is === 'make' ? [nextLine(email, keyFile)] : []);
}

/** Before anything is changed. */
function refuseForbidden({ account, is }: AccountTask, plan: Plan, found: Survey, { apis, output }: SetupSeams): void {
  const missing = plan.needs.filter((permission) => !found.permissions.has(permission));
  if (missing.length === 0) return;
  output.commands(missing, ownerCommands(plan.steps, account, found.account));
  output.end('denied');
  const who = apis.principal() ?? 'the caller';
  const { project } = account;
  // To who has nothing there, a project that is not there looks the same.
  const mayExist = found.permissions.size === 0 ? ', if there is one' : '';
  throw new CommandError(
    `${who} may not do this in project ${project}${mayExist}: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; nothing has been changed`,
    {
      hint:
        is === 'make' ? `hand the lines above to an owner of project ${project}` : `ask an owner of project ${project}`,
    },
  );
}

/** @throws {CommandError} when the key could not be written. */
async function warningsOfKey({ steps }: Plan, identity: string | undefined): Promise<readonly string[]> {
  const step = steps.find((each) => each.do === 'create-key');
  if (step === undefined) return [];
  await requireFolder(step.path);
  const warnings: string[] = [];
  if (identity !== undefined) {
    warnings.push(
      `this machine is ${identity} by itself: a proxy here needs no key, and one that does not exist cannot get lost; see --no-key`,
    );
  }
  if (await isOpenToOthers(step.path)) {
    const folder = dirname(step.path);
    warnings.push(`other users can exchange the key in ${folder}: chmod go-w ${shellWord(folder)}`);
  }
  return warnings;
}

export function asWhom(apis: Pick<GoogleApis, 'principal'>): string {
  const principal = apis.principal();
  return principal === undefined ? '' : `, as ${principal}`;
}

function nextLine(email: string, keyFile: string | undefined): string {
  return keyFile === undefined
    ? `next, with a login that may act as it: ${PROGRAM} --impersonate-service-account ${email} INSTANCE_URI`
    : `next: ${PROGRAM} --credentials-file ${shellWord(keyFile)} INSTANCE_URI`;
}
