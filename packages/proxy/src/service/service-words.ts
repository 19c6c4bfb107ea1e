// What the command line of `service` asks for.

import type { ParsedArgs } from '../cli/parse-args.ts';
import type { SERVICE_FLAGS } from '../cli/command-flags.ts';
import { closest } from '../cli/suggest.ts';
import { UsageError } from '../cli/usage-error.ts';
import { SERVICE_ACTIONS, type ServiceAction } from './actions.ts';
import { MANAGER_NAMES, type ManagerName } from './manager.ts';

export interface ServiceWords {
  readonly action: ServiceAction;
  /** Undefined when it is to be found out. */
  readonly manager: ManagerName | undefined;
  readonly name: string;
  readonly user: string | undefined;
  readonly partOf: string | undefined;
  readonly socketActivation: boolean;
  /** Path of the program to run; undefined for this one. */
  readonly program: string | undefined;
  /** Folder of a system image; undefined for the running system. */
  readonly root: string | undefined;
  readonly isDryRun: boolean;
  /** The proxy's own flags and URIs. */
  readonly proxyArgv: readonly string[];
}

const EXAMPLE = 'alloydb-auth-proxy service install -- --credentials-file KEY.json INSTANCE_URI';

/** @throws {UsageError} for the first mistake. */
export function readServiceWords({
  given,
  positionals,
  beforeDashes,
  mistakes,
}: ParsedArgs<typeof SERVICE_FLAGS>): ServiceWords {
  if (mistakes[0] !== undefined) throw withoutProxyFlags(mistakes[0]);
  const [word, ...more] = positionals.slice(0, beforeDashes);
  const action = SERVICE_ACTIONS.find((each) => each === word);
  if (action === undefined) throw unknownAction(word);
  if (more[0] !== undefined) {
    throw new UsageError(`"${more[0]}" stands before "--"`, {
      hint: `the proxy's flags and URIs go behind it: ${EXAMPLE}`,
    });
  }
  const proxyArgv = beforeDashes === undefined ? [] : positionals.slice(beforeDashes);
  const describes = action === 'install' || action === 'print';
  if (!describes && proxyArgv.length > 0) {
    throw new UsageError(`service ${action} takes no flags of the proxy`, { hint: 'they count when it is installed' });
  }
  return {
    action,
    manager: MANAGER_NAMES.find((name) => name === given.manager?.value),
    name:
      checked('--name', given.name?.value, /^[A-Za-z0-9][\w-]{0,63}$/, 'letters, digits, - and _') ??
      'alloydb-auth-proxy',
    user: checked('--user', given.user?.value, /^[\w.@$\\ -]+$/, 'the name of a user'),
    partOf: unitName(given['part-of']?.value),
    socketActivation: given['socket-activation']?.value ?? false,
    program: given.program?.value,
    root: given.root?.value,
    isDryRun: given['dry-run']?.value ?? false,
    proxyArgv,
  };
}

function unknownAction(word: string | undefined): UsageError {
  if (word === undefined)
    return new UsageError('service needs a word: what to do', { hint: `one of ${SERVICE_ACTIONS.join(', ')}` });
  const near = closest(word, SERVICE_ACTIONS);
  return new UsageError(`service cannot "${word}"`, {
    hint: near === undefined ? `it can ${SERVICE_ACTIONS.join(', ')}` : `did you mean ${near}?`,
  });
}

/** What is unknown here is most often meant for the proxy. */
function withoutProxyFlags(mistake: UsageError): UsageError {
  if (!mistake.message.startsWith('unknown flag')) return mistake;
  return new UsageError(mistake.message, { hint: `the proxy's flags go behind "--": ${EXAMPLE}`, cause: mistake });
}

function checked(flag: string, value: string | undefined, pattern: RegExp, expected: string): string | undefined {
  if (value === undefined || pattern.test(value)) return value;
  throw new UsageError(`invalid value "${value}" for ${flag}: expected ${expected}`, {
    hint: `write it like ${flag} app`,
  });
}

/** A unit without an ending is a service, as for systemctl. */
function unitName(text: string | undefined): string | undefined {
  const name = checked('--part-of', text, /^[\w:.@\\-]+$/, 'the name of a service');
  return name === undefined || /\.(?:service|target|socket|slice)$/.test(name) ? name : `${name}.service`;
}
