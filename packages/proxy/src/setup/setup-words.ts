// What the command line of `setup` asks for.

import { resolve } from 'node:path';
import { SETUP_FLAGS } from '../cli/command-flags/setup.ts';
import { isOfCaller } from '../cli/command-flags/setup.ts';
import type { GivenSettings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import { PROGRAM } from '../cli/program-name.ts';
import { readCommand } from '../cli/read-command.ts';
import { closest } from '../cli/suggest.ts';
import { UsageError } from '../cli/usage-error.ts';
import { type Account, readAccount } from './account.ts';
import { SETUP_ACTIONS, type SetupAction } from './actions.ts';
import { consumerRole, roleNames } from './plan.ts';

export type SetupTask =
  | {
      readonly is: 'make';
      readonly account: Account;
      readonly roles: readonly string[];
      /** Absolute; undefined for no key. */
      readonly keyFile: string | undefined;
      readonly force: boolean;
    }
  | { readonly is: 'undo'; readonly account: Account; readonly keyFile: string }
  | { readonly is: 'rotate'; readonly keyFile: string };

export interface SetupWords {
  readonly task: SetupTask;
  readonly isDryRun: boolean;
  readonly isAgreed: boolean;
  readonly format: 'text' | 'json';
  /** Who calls the APIs. */
  readonly caller: GivenSettings<ProxyFlags>;
}

/** @throws {UsageError} for the first mistake. */
export function readSetupWords(argv: readonly string[]): SetupWords {
  const { given, values, words } = readCommand({ name: 'setup', flags: SETUP_FLAGS, atMost: 1 }, argv);
  const action = readAction(words[0]);
  const isGiven = (name: string): boolean => Object.hasOwn(given, name);
  refuseContradictions(action, isGiven);
  const { yes: isAgreed, 'dry-run': isDryRun } = values;
  const format = values.format === 'json' ? 'json' : 'text';
  if (format === 'json' && !isAgreed && !isDryRun) {
    throw new UsageError('--format json asks nothing', { hint: 'add --yes, or --dry-run to see what would be done' });
  }
  const caller = Object.fromEntries(Object.entries(given).filter(([name]) => isOfCaller(name)));
  return { task: readTask(action, values), isDryRun, isAgreed, format, caller };
}

function readTask(
  action: SetupAction,
  values: ReturnType<typeof readCommand<typeof SETUP_FLAGS>>['values'],
): SetupTask {
  const { 'key-file': given, 'no-key': noKey, name, project, role, undo, force } = values;
  if (action === 'rotate-key') {
    if (given !== undefined) return { is: 'rotate', keyFile: resolve(given) };
    throw new UsageError('setup rotate-key needs to know which key', {
      hint: `name its file: ${PROGRAM} setup rotate-key --key-file PATH`,
    });
  }
  const account = readAccount({ project, name });
  const keyFile = resolve(given ?? `${name}.json`);
  if (undo) return { is: 'undo', account, keyFile };
  const roles = [role === 'admin' ? roleNames.admin : roleNames.client, consumerRole];
  return { is: 'make', account, roles, keyFile: noKey ? undefined : keyFile, force };
}

const contradictions = [
  ['no-key', 'key-file'],
  ['no-key', 'force'],
  ['undo', 'no-key'],
  ['undo', 'force'],
  ['undo', 'role'],
] as const;

const ofRotation = ['key-file', 'dry-run', 'yes', 'format'];

function refuseContradictions(action: SetupAction, isGiven: (name: string) => boolean): void {
  const pair = contradictions.find(([one, other]) => isGiven(one) && isGiven(other));
  if (pair !== undefined) {
    const [one, other] = pair;
    throw new UsageError(`--${one} and --${other} cannot be used together`, { hint: `remove --${one} or --${other}` });
  }
  if (action !== 'rotate-key') return;
  const foreign = SETUP_FLAGS.find(({ name }) => isGiven(name) && !isOfCaller(name) && !ofRotation.includes(name));
  if (foreign === undefined) return;
  throw new UsageError(`setup rotate-key takes no --${foreign.name}`, { hint: `remove --${foreign.name}` });
}

function readAction(word: string | undefined): SetupAction {
  const action = SETUP_ACTIONS.find((each) => each === word);
  if (action !== undefined) return action;
  const all = SETUP_ACTIONS.join(' and ');
  if (word === undefined) {
    const hint = `write it like ${PROGRAM} setup service-account --project PROJECT; there are ${all}`;
    throw new UsageError('setup needs to know what to do', { hint });
  }
  const near = closest(word, SETUP_ACTIONS);
  throw new UsageError(`unknown word "${word}" behind setup`, {
    hint: near === undefined ? `there are ${all}` : `did you mean "${near}"?`,
  });
}
