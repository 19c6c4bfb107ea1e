// Carries out the commands that a fix is made of, as somebody who pastes them would: gcloud's at the emulator.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { Emulator } from 'alloydb-emulator';

/** What an option of gcloud's says; fails when it is not there. */
type Option = (name: string) => string;

interface Command {
  /** The words that are no options. */
  readonly words: readonly string[];
  readonly option: Option;
}

const places: Readonly<Record<string, (emulator: Emulator, command: Command) => Promise<void> | void>> = {
  'services enable': (emulator, { words, option }) => {
    assert.equal(words[0], 'alloydb.googleapis.com');
    emulator.setServiceState({ service: 'alloydb.googleapis.com', state: 'ENABLED', project: option('project') });
  },
  'projects add-iam-policy-binding': (emulator, { words, option }) => {
    emulator.grantRole(memberIn(option), { role: roleIn(option), on: `projects/${words[0]}` });
  },
  'projects remove-iam-policy-binding': (emulator, { words, option }) => {
    emulator.revokeRole(memberIn(option), { role: roleIn(option), on: `projects/${words[0]}` });
  },
  'iam service-accounts keys create': async (emulator, { words: [path = ''], option }) => {
    await emulator.writeServiceAccountKey(path, option('iam-account'));
  },
  'iam service-accounts enable': (emulator, { words: [email = ''] }) => emulator.disableServiceAccount(email, false),
  'alloydb instances update': async (emulator, { words, option }) => {
    assert.equal(option('activation-policy'), 'ALWAYS');
    const cluster = `projects/${option('project')}/locations/${option('region')}/clusters/${option('cluster')}`;
    await emulator.setInstanceState({ instance: `${cluster}/instances/${words[0]}`, state: 'READY' });
  },
  'alloydb users create': async (emulator, { words: [user = ''], option }) => {
    assert.equal(option('type'), 'IAM_BASED');
    await emulator.createIamUser(user.endsWith('.iam') ? `${user}.gserviceaccount.com` : user);
  },
};

const shellCommands = ['chmod', 'mkdir'];

/** Fails when there is nothing in the text that could be pasted. */
export async function carryOut(fix: string, emulator: Emulator): Promise<void> {
  const found = fix.split('; ').flatMap((part) => /\b(?:gcloud|chmod|mkdir) .*$/.exec(part)?.[0] ?? []);
  assert.ok(found.length > 0, `there is no command in: ${fix}`);
  for (const text of found) {
    const [program = '', ...args] = shellWords(text);
    if (shellCommands.includes(program)) assert.equal(spawnSync(program, args).status, 0, text);
    else await callGcloud(text, args, emulator);
  }
}

async function callGcloud(text: string, args: readonly string[], emulator: Emulator): Promise<void> {
  const [name, act] =
    Object.entries(places).find(([verb]) => args.join(' ').startsWith(`${verb} `)) ??
    assert.fail(`nothing here is like: ${text}`);
  const rest = args.slice(name.split(' ').length);
  const options = new Map(
    rest.map((word) => {
      const [, option = '', value = ''] = /^--([\w-]+)=(.*)$/.exec(word) ?? [];
      return [option, value] as const;
    }),
  );
  await act(emulator, {
    words: rest.filter((word) => !word.startsWith('--')),
    option: (option) => options.get(option) ?? assert.fail(`--${option} is missing in: ${text}`),
  });
}

/** As a shell takes them: apart at blanks, single quotes taken off. */
function shellWords(text: string): readonly string[] {
  return (text.match(/(?:[^\s']|'[^']*')+/g) ?? []).map((word) => word.replaceAll("'", ''));
}

function memberIn(option: Option): string {
  return option('member').replace(/^(?:user|serviceAccount):/, '');
}

function roleIn(option: Option): 'roles/alloydb.client' {
  // The emulator refuses a role that there is not.
  return option('role') as 'roles/alloydb.client';
}
