// Which manager is meant, and whose service it is to be.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../cli/usage-error.ts';
import { detectManager } from './detect.ts';
import { type Manager, MANAGER_NAMES, type ManagerName } from './manager.ts';
import { MANAGERS } from './managers.ts';
import type { Scope, ServiceId } from './service.ts';
import type { ServiceWords } from './service-words.ts';
import { installedUnits } from './write-plan.ts';

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  /** Undefined where users have no numbers. */
  readonly userId: number | undefined;
}

export interface Chosen {
  readonly managerName: ManagerName;
  readonly manager: Manager;
  readonly id: ServiceId;
}

/** For an installation. @throws {UsageError} when there is no manager, or not enough authority for it. */
export function chooseManager(words: ServiceWords, surroundings: Surroundings): Chosen {
  const managerName = words.manager ?? detectManager({ ...surroundings, root: words.root ?? '/' });
  if (managerName === undefined) {
    throw new UsageError('cannot tell which service manager there is', {
      hint: `name it: --manager ${MANAGER_NAMES.join('|')}`,
    });
  }
  const manager = MANAGERS[managerName];
  refuseImpossible(words, managerName);
  return { managerName, manager, id: { name: words.name, scope: scopeFor(words, managerName, surroundings) } };
}

/** For a service that is there: its files tell the manager. @throws {UsageError} when there is no such service. */
export function findInstalled(words: ServiceWords, surroundings: Surroundings): Chosen {
  if (words.manager !== undefined) return chooseManager(words, surroundings);
  for (const managerName of MANAGER_NAMES) {
    const manager = MANAGERS[managerName];
    const isOther = (managerName === 'windows') !== (surroundings.platform === 'win32');
    if (isOther || (isPlainUser(words, surroundings) && !manager.hasUserScope)) continue;
    const id = { name: words.name, scope: scopeFor(words, managerName, surroundings) };
    if (installedUnits(manager.unitPlace(id), words).length > 0) return { managerName, manager, id };
  }
  // A service of Windows leaves no file behind.
  if (surroundings.platform === 'win32') return chooseManager({ ...words, manager: 'windows' }, surroundings);
  const whose = isPlainUser(words, surroundings) ? ' of this user' : '';
  throw new UsageError(`there is no service ${words.name}${whose}`, {
    hint: whose === '' ? 'name it: --name N' : `services of the machine are root's: sudo ${commandOf(words)}`,
  });
}

function refuseImpossible({ partOf, socketActivation }: ServiceWords, managerName: ManagerName): void {
  const { canBePartOf, canListen } = MANAGERS[managerName];
  if (partOf !== undefined && !canBePartOf) {
    throw new UsageError(`${managerName} cannot tie one service to another`, { hint: 'leave out --part-of' });
  }
  if (socketActivation && !canListen) {
    throw new UsageError(`${managerName} cannot listen for the proxy`, { hint: 'leave out --socket-activation' });
  }
}

function scopeFor(words: ServiceWords, managerName: ManagerName, surroundings: Surroundings): Scope {
  if (!isPlainUser(words, surroundings)) return { of: 'system' };
  if (!MANAGERS[managerName].hasUserScope) {
    throw new UsageError(`only root can use ${managerName}`, { hint: `run: sudo ${commandOf(words)}` });
  }
  if (words.user !== undefined) {
    throw new UsageError('only root can install a service that runs as another user', {
      hint: `run: sudo ${commandOf(words)}, or leave out --user for a service of your own`,
    });
  }
  const { env, userId = -1 } = surroundings;
  const home = env['HOME'] ?? homedir();
  return { of: 'user', userId, home, configHome: env['XDG_CONFIG_HOME'] || join(home, '.config') };
}

/** Whoever writes into a system image needs no authority but that of writing there. */
function isPlainUser({ root }: ServiceWords, { userId }: Surroundings): boolean {
  return root === undefined && userId !== undefined && userId !== 0;
}

function commandOf({ action }: ServiceWords): string {
  return `alloydb-auth-proxy service ${action} …`;
}
