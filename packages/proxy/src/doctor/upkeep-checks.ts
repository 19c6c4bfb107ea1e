// What keeps the proxy running over the years: a version that is not too old, a service manager that restarts it.

import { execFile } from 'node:child_process';
import { CommandError } from '../cli/command-error.ts';
import { UsageError } from '../cli/usage-error.ts';
import { VERSION } from '../cli/version.ts';
import { findInstalled } from '../service/choose-manager.ts';
import type { ServiceWords } from '../service/service-words.ts';
import { installedUnits } from '../service/write-plan.ts';
import { chooseSource, type ChosenSource } from '../update/choose-source.ts';
import { ownInstallation } from '../update/installation.ts';
import { releaseFeedUrl } from '../update/release-constants.ts';
import { findVerdict } from '../update/verdict.ts';
import { type Check, messageOf, pass, skip, warn } from './check.ts';

export interface UpkeepOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The feed that the configuration names. */
  readonly feed: string | undefined;
}

/** Nobody is asked where no feed is known. */
export function versionCheck({ env, feed }: UpkeepOptions): Check {
  return {
    id: 'version',
    title: 'version',
    needs: [],
    limitMs: 6_000,
    async run({ signal }) {
      let source: ChosenSource;
      try {
        source = chooseSource({ env, signal, feed, installation: ownInstallation(env), defaultFeed: releaseFeedUrl });
      } catch (error) {
        if (error instanceof UsageError) return skip(`${VERSION}; ${error.message}`);
        throw error;
      }
      try {
        const { status, newest, update } = await findVerdict(source, Date.now());
        if (status === 'up-to-date') return pass(`${VERSION} is the newest`);
        return warn(`${VERSION}; ${newest} is out`, update);
      } catch (error) {
        signal.throwIfAborted();
        const hint = error instanceof CommandError ? error.hint : undefined;
        return warn(`${VERSION}; whether there is a newer one is not known: ${messageOf(error)}`, hint);
      }
    },
  };
}

const words: ServiceWords = {
  action: 'status',
  manager: undefined,
  name: 'alloydb-auth-proxy',
  user: undefined,
  partOf: undefined,
  socketActivation: false,
  program: undefined,
  root: undefined,
  isDryRun: false,
  proxyArgv: [],
};

export function serviceCheck({ env }: Pick<UpkeepOptions, 'env'>): Check {
  return {
    id: 'service',
    title: 'service',
    needs: [],
    limitMs: 6_000,
    async run({ signal }) {
      const surroundings = { platform: process.platform, env, userId: process.getuid?.() };
      let chosen: ReturnType<typeof findInstalled>;
      try {
        chosen = findInstalled(words, surroundings);
      } catch (error) {
        if (error instanceof UsageError) return skip(`${error.message}; see alloydb-auth-proxy service install`);
        throw error;
      }
      const { manager, managerName, id } = chosen;
      for (const { argv } of manager.control('status', id, installedUnits(manager.unitPlace(id), words))) {
        const code = await exitCode(argv, signal);
        if (code === 0) continue;
        // ERROR_SERVICE_DOES_NOT_EXIST; only there is no file to look for.
        if (managerName === 'windows' && code === 1060) return skip('there is no service of this name');
        if (code === undefined) return warn(`${managerName} cannot be asked: there is no ${argv[0]}`);
        return warn(
          `${managerName} has the service ${id.name}, and it does not run`,
          'alloydb-auth-proxy service start',
        );
      }
      return pass(`${managerName} runs ${id.name}`);
    },
  };
}

/** Undefined when there is no such program. */
function exitCode([program = '', ...args]: readonly string[], signal: AbortSignal): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  execFile(program, args, { signal }, (error) => {
    if (error === null) resolve(0);
    else resolve(typeof error.code === 'number' ? error.code : undefined);
  });
  return promise;
}
