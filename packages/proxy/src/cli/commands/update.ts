// `update`: whether there is a newer version, and for the standalone executable how to get it and how to go back.

import { readEnvironment } from '../../config/environment.ts';
import { UPDATE_ACTIONS, type UpdateAction } from '../../update/actions.ts';
import { chooseSource } from '../../update/choose-source.ts';
import { type Installation, ownInstallation } from '../../update/installation.ts';
import { releaseFeedUrl } from '../../update/release-constants.ts';
import { findVerdict, verdictText } from '../../update/verdict.ts';
import type { CommandContext } from '../command.ts';
import { UPDATE_FLAGS } from '../command-flags.ts';
import { printText } from '../messages.ts';
import { PROGRAM } from '../program-name.ts';
import { readCommand } from '../read-command.ts';
import { closest } from '../suggest.ts';
import { UsageError } from '../usage-error.ts';

/** What the build and the process say, and a test says otherwise. */
export interface UpdateSetting {
  readonly installation: Installation;
  readonly defaultFeed: string | undefined;
}

const exitCodes = { 'up-to-date': 0, 'out-of-date': 10 } as const;

export async function runUpdate(context: CommandContext): Promise<number> {
  return updateWith({ installation: ownInstallation(context.env), defaultFeed: releaseFeedUrl }, context);
}

/** Resolves with the exit code. */
export async function updateWith(setting: UpdateSetting, { argv, env, sinks }: CommandContext): Promise<number> {
  const { values, given, words } = readCommand({ name: 'update', flags: UPDATE_FLAGS, atMost: 1 }, argv);
  readAction(words[0]);
  if (given.image !== undefined && given.feed !== undefined) {
    throw new UsageError('--image and --feed cannot be used together', { hint: 'remove --image or --feed' });
  }
  const feed = values.feed ?? readEnvironment(env).settings['update-feed']?.value;
  const { signal } = new AbortController();
  const verdict = await findVerdict(chooseSource({ ...setting, env, signal, feed, image: values.image }), Date.now());
  printText(values.format === 'json' ? JSON.stringify(verdict) : verdictText(verdict), sinks.out);
  return exitCodes[verdict.status];
}

function readAction(word: string | undefined): UpdateAction {
  const action = UPDATE_ACTIONS.find((each) => each === word);
  if (action !== undefined) return action;
  const all = UPDATE_ACTIONS.join(', ');
  if (word === undefined) {
    const hint = `write it like ${PROGRAM} update check; there are ${all}`;
    throw new UsageError('update needs to know what to do', { hint });
  }
  const near = closest(word, UPDATE_ACTIONS);
  throw new UsageError(`unknown word "${word}" behind update`, {
    hint: near === undefined ? `there are ${all}` : `did you mean "${near}"?`,
  });
}
