// Offers the instances of the project to whoever starts the proxy at a terminal without naming one.

import { formatInstanceUri, shortInstanceName } from 'alloydb-connector';
import { GoogleApis, shellWord } from 'alloydb-connector/google-apis';
import { FLAGS } from '../cli/flags.ts';
import { parseArgs } from '../cli/parse-args.ts';
import { passWarnings } from '../cli/pass-warnings.ts';
import { redactArguments } from '../cli/process-title.ts';
import { PROGRAM } from '../cli/program-name.ts';
import { UsageError } from '../cli/usage-error.ts';
import { callerOptions } from '../config/caller-options.ts';
import type { ReadLayer } from '../config/sources.ts';
import type { LogSinks } from '../observability/logger.ts';
import { type InstanceList, listInstances } from './list-instances.ts';
import type { ListedInstance } from './listed-instance.ts';

export interface PickOptions {
  /** The command line without an instance. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly file: ReadLayer | undefined;
  readonly sinks: LogSinks;
}

/** Whether somebody is there to choose: a list on a screen, and keys to choose with. */
export function isAnybodyThere({ TERM }: NodeJS.ProcessEnv): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.stderr.isTTY && TERM !== 'dumb';
}

/**
 * Resolves with the URI of the instance that was chosen; undefined when it was cancelled.
 *
 * @throws {UsageError} when there is nothing to choose from.
 */
export async function pickInstance({ argv, env, file, sinks: { err } }: PickOptions): Promise<string | undefined> {
  using _ = passWarnings(err);
  err.write(`${PROGRAM}: no instance was named: looking for those of the project\n`);
  const list = await offered({ argv, env, file });
  if (list.unreachable.length > 0) err.write(`${PROGRAM}: warning: no answer from ${list.unreachable.join(', ')}\n`);
  // Nobody else needs it, and it takes a while to load.
  const { autocomplete, isCancel } = await import('@clack/prompts');
  const chosen = await autocomplete({
    message: `Instance of project ${list.project}? Type to filter.`,
    options: readyFirst(list.instances).map((instance) => ({
      value: formatInstanceUri(instance.uri),
      label: shortInstanceName(instance.uri),
      hint: describe(instance),
    })),
    maxItems: 12,
  });
  if (isCancel(chosen)) return undefined;
  const words = [...(redactArguments(argv) ?? argv), chosen];
  err.write(`${PROGRAM}: next time: ${[PROGRAM, ...words.map(shellWord)].join(' ')}\n`);
  return chosen;
}

async function offered({ argv, env, file }: Pick<PickOptions, 'argv' | 'env' | 'file'>): Promise<InstanceList> {
  const { signal } = new AbortController();
  let list: InstanceList;
  try {
    using apis = new GoogleApis(callerOptions(parseArgs(FLAGS, argv).given, env, file));
    list = await listInstances(apis, { project: undefined, region: undefined, signal });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const hint = 'hint' in error && typeof error.hint === 'string' ? `${error.hint}; or ${nameOne}` : nameOne;
    const reason = error.message.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
    throw new UsageError(`no instance to connect to, and none to offer: ${reason}`, { hint, cause: error });
  }
  if (list.instances.length > 0) return list;
  throw new UsageError(`no instance to connect to: there is none in project ${list.project}`, {
    hint: `look in another: ${PROGRAM} list --project PROJECT`,
  });
}

const nameOne = `name one: ${PROGRAM} projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE`;

function readyFirst(instances: readonly ListedInstance[]): readonly ListedInstance[] {
  return instances.toSorted((one, other) => Number(other.state === 'READY') - Number(one.state === 'READY'));
}

function describe({ state, type, privateIp, publicIp, pscName }: ListedInstance): string {
  const addresses = [
    ...(privateIp === undefined ? [] : ['private IP']),
    ...(publicIp === undefined ? [] : ['public IP']),
    ...(pscName === undefined ? [] : ['PSC']),
  ];
  return [type, state, addresses.join(' and ')].filter((part) => part !== '').join(', ');
}
