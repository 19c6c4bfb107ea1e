// The gcloud commands for somebody who may do what the caller may not: the whole of it, to be pasted into a shell.

import { grantCommand, shellWord } from 'alloydb-connector/google-apis';
import type { Account } from './account.ts';
import { rotationCommands } from './rotate-key.ts';
import type { Step } from './step.ts';
import { memberNameOf, type Survey } from './survey.ts';

/** One line each, in the order in which they are to be run. */
export function ownerCommands(steps: readonly Step[], account: Account, found: Survey['account']): readonly string[] {
  return steps.flatMap((step) => commandsFor(step, account, found));
}

function commandsFor(step: Step, account: Account, found: Survey['account']): readonly string[] {
  const { project, name, email } = account;
  const member = memberNameOf(account);
  const ofProject = `--project=${shellWord(project)}`;
  switch (step.do) {
    case 'create-account': {
      const { displayName, description } = step.texts;
      const texts = `--display-name=${shellWord(displayName)} --description=${shellWord(description)}`;
      const create = `gcloud iam service-accounts create ${name} ${ofProject} ${texts}`;
      if (found === 'none') return [create];
      return [`gcloud iam service-accounts describe ${email} ${ofProject} > /dev/null 2>&1 || ${create}`];
    }
    case 'grant':
      // Without the last word gcloud asks, or fails, in a project whose policy has conditions.
      return step.roles.map((role) => `${grantCommand({ project, member, role })} --condition=None`);
    case 'create-key': {
      const path = shellWord(step.path);
      const make = `gcloud iam service-accounts keys create ${path} --iam-account=${email} ${ofProject}`;
      return [`(umask 077 && ${make})`, `chmod 600 ${path}`];
    }
    case 'revoke':
      return step.roles.map(
        (role) =>
          `gcloud projects remove-iam-policy-binding ${shellWord(project)} --member=${member} --role=${role} --condition=None`,
      );
    case 'delete-key':
      return [
        `gcloud iam service-accounts keys delete ${step.id} --iam-account=${email} ${ofProject} --quiet`,
        ...(step.path === undefined ? [] : [`rm -f ${shellWord(step.path)}`]),
      ];
    case 'exchange-key':
      return rotationCommands({ path: step.path, email, id: step.old });
    case 'forget':
      return [`gcloud iam service-accounts update ${email} ${ofProject} --description=${shellWord(step.description)}`];
    case 'delete-account':
      return [`gcloud iam service-accounts delete ${email} ${ofProject} --quiet`];
  }
}
