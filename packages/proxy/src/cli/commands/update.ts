// `update`: whether there is a newer version, and for the standalone executable how to get it and how to go back.

import { readEnvironment } from '../../config/environment.ts';
import { UPDATE_ACTIONS, type UpdateAction } from '../../update/actions.ts';
import { applyUpdate, rollBack } from '../../update/apply-update.ts';
import { chooseFeed, chooseSource } from '../../update/choose-source.ts';
import { executableName, isLinkedForMusl } from '../../update/executable-name.ts';
import { createFetch } from '../../update/fetch.ts';
import { type Installation, ownInstallation } from '../../update/installation.ts';
import { replaceableProgram } from '../../update/installed-program.ts';
import { abortAtSignals } from '../../update/interruption.ts';
import { releaseFeedUrl, releasePublicKey } from '../../update/release-constants.ts';
import { findVerdict, verdictText } from '../../update/verdict.ts';
import { parseVersion, type Version } from '../../update/version-order.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { UPDATE_FLAGS } from '../command-flags.ts';
import { printText } from '../messages.ts';
import { PROGRAM } from '../program-name.ts';
import { type CommandArgs, readCommand } from '../read-command.ts';
import { closest } from '../suggest.ts';
import { UsageError } from '../usage-error.ts';
import { VERSION } from '../version.ts';

/** What the build and the process say, and a test says otherwise. */
export interface UpdateSetting {
  readonly installation: Installation;
  readonly defaultFeed: string | undefined;
  readonly publicKey: string | undefined;
}

const exitCodes = { 'up-to-date': 0, 'out-of-date': 10 } as const;

export async function runUpdate(context: CommandContext): Promise<number> {
  const installation = ownInstallation(context.env);
  return updateWith({ installation, defaultFeed: releaseFeedUrl, publicKey: releasePublicKey }, context);
}

/** Resolves with the exit code. */
export async function updateWith(setting: UpdateSetting, context: CommandContext): Promise<number> {
  const args = readCommand({ name: 'update', flags: UPDATE_FLAGS, atMost: 1 }, context.argv);
  const action = readAction(args.words[0]);
  refuseForeignFlags(action, args);
  if (action === 'check') return check(setting, args, context);
  if (action === 'rollback') return rollback(setting, context);
  return apply(setting, args, context);
}

type UpdateArgs = CommandArgs<typeof UPDATE_FLAGS>;

async function check(setting: UpdateSetting, { values }: UpdateArgs, { env, sinks }: CommandContext): Promise<number> {
  const { signal } = new AbortController();
  const chosen = chooseSource({ ...setting, env, signal, feed: feedFrom(values.feed, env), image: values.image });
  const verdict = await findVerdict(chosen, Date.now());
  printText(values.format === 'json' ? JSON.stringify(verdict) : verdictText(verdict), sinks.out);
  return exitCodes[verdict.status];
}

async function apply(setting: UpdateSetting, { values }: UpdateArgs, { env, sinks }: CommandContext): Promise<number> {
  const program = replaceableProgram(setting.installation);
  const { publicKey } = setting;
  if (publicKey === undefined) {
    const hint = 'install a release by hand; it comes with the key for those that follow it';
    throw new CommandError('this build holds no key to verify a release with', { hint });
  }
  const current = parseVersion(VERSION);
  if (current === undefined)
    throw new CommandError(`this version, ${VERSION}, has no successor`, { hint: 'install a release' });
  using interruption = abortAtSignals();
  const { signal } = interruption;
  const { platform, arch } = process;
  const asset = executableName({ platform, arch, hasMusl: isLinkedForMusl(process.execPath) });
  const feed = chooseFeed({ ...setting, env, signal, feed: feedFrom(values.feed, env) });
  const onDownload = ({ text }: Version): void => printText(`downloading ${asset} of ${text}`, sinks.out);
  const fetch = createFetch({ env, signal });
  const version = await applyUpdate({ feed, fetch, program, asset, current, publicKey, signal, onDownload });
  const text =
    version === current
      ? `${PROGRAM} ${VERSION} is the newest version`
      : `${PROGRAM} ${version.text} is installed in place of ${VERSION}; what runs already is ${VERSION} until its next start`;
  printText(text, sinks.out);
  return 0;
}

async function rollback({ installation }: UpdateSetting, { sinks }: CommandContext): Promise<number> {
  const version = await rollBack(replaceableProgram(installation));
  const text = `${PROGRAM} ${version.text} is back in place of ${VERSION}; ${PROGRAM} update rollback takes that back`;
  printText(text, sinks.out);
  return 0;
}

/** What was asked for on the command line, or of every proxy here. */
function feedFrom(given: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  return given ?? readEnvironment(env).settings['update-feed']?.value;
}

function refuseForeignFlags(action: UpdateAction, { given }: UpdateArgs): void {
  if (given.image !== undefined && given.feed !== undefined) {
    throw new UsageError('--image and --feed cannot be used together', { hint: 'remove --image or --feed' });
  }
  const allowed: readonly string[] = { check: ['image', 'feed', 'format'], apply: ['feed'], rollback: [] }[action];
  const foreign = Object.keys(given).find((name) => name !== 'help' && !allowed.includes(name));
  if (foreign === undefined) return;
  throw new UsageError(`update ${action} takes no --${foreign}`, { hint: `remove --${foreign}` });
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
