// One instance as it is written: a URI, then parameters that hold for this instance alone, in its query or beside it.

import { ConnectorError } from 'alloydb-connector';
import { isQueryParameter, type FlagRow, type FlagValues } from '../cli/flag-row.ts';
import { FLAG_ROWS, type ProxyFlags, type QueryName } from '../cli/flags.ts';
import { parseBoolean, parseQueryBoolean } from '../cli/values/boolean.ts';
import { parseAs } from '../cli/values/read-value.ts';
import { findConflict } from './conflicts.ts';
import type { FileMistake } from './file/config-file.ts';
import { parseAllowedTargets } from './allowed-targets.ts';
import { type InstanceTarget, readTarget, type WrittenTarget } from './instance-target.ts';
import { InstanceWording } from './instance-wording.ts';
import type { GivenInstance, GivenParameter } from './sources.ts';

/** What the parameters of one instance set; what they leave open is absent. */
export type InstanceChoices = { readonly [Name in QueryName]?: NonNullable<FlagValues<ProxyFlags>[Name]> };

export interface InstanceArgument {
  readonly target: InstanceTarget;
  readonly choices: InstanceChoices;
}

/** A parameter, from the query of the URI or from a key beside it in a config file. */
export interface WrittenParameter extends GivenParameter {
  readonly in: 'query' | 'key';
}

/**
 * Reads `URI`, `URI?port=7000&auto-iam-authn=true` or `DOMAIN?allow=projects/P`.
 *
 * @throws {UsageError} when the URI or a parameter is wrong, unknown or repeated, or when two parameters exclude each other.
 */
export function parseInstanceArgument(given: GivenInstance): InstanceArgument {
  const { target, choices, mistakes } = checkInstance(given);
  if (mistakes[0] !== undefined) throw mistakes[0].error;
  if (target === undefined) throw new TypeError('an instance without mistakes names one');
  return { target, choices };
}

export interface CheckedInstance {
  /** Undefined when it is one of the mistakes. */
  readonly target: InstanceTarget | undefined;
  readonly choices: InstanceChoices;
  /** With the lines of the config file, if it is from one. */
  readonly mistakes: readonly FileMistake[];
}

/** The same, with everything that is wrong instead of the first mistake. */
export function checkInstance(given: GivenInstance): CheckedInstance {
  const at = given.value.indexOf('?');
  const uriText = at === -1 ? given.value : given.value.slice(0, at);
  const wording = new InstanceWording(uriText, given.source);
  const mistakes: FileMistake[] = [];
  const written = readTarget(uriText);
  if (written instanceof ConnectorError) mistakes.push(wording.badUri(written));

  const parameters: readonly WrittenParameter[] = [
    ...Array.from(new URLSearchParams(at === -1 ? '' : given.value.slice(at + 1)), queryParameter),
    ...(given.parameters ?? []).map((parameter) => ({ ...parameter, in: 'key' }) as const),
  ];
  const byName = new Map<string, WrittenParameter>();
  const choices: Record<string, unknown> = {};
  for (const parameter of parameters) {
    const { name } = parameter;
    const row = FLAG_ROWS.find((candidate) => candidate.name === name && isQueryParameter(candidate));
    const before = byName.get(name);
    byName.set(name, parameter);
    if (row === undefined) {
      mistakes.push(wording.unknown(parameter));
    } else if (before !== undefined) {
      mistakes.push(wording.repeated(parameter, before));
    } else {
      const foreign = wording.foreign(row, parameter);
      const value = readChoice(row, parameter);
      if (foreign !== undefined) mistakes.push(foreign);
      else if (value === undefined) mistakes.push(wording.badValue(row, parameter));
      else choices[name] = value;
    }
  }
  const conflict = findConflict((name) => choices[name] !== undefined && choices[name] !== false);
  const [one, other] = [conflict?.one, conflict?.other].map((row) => byName.get(row?.name ?? ''));
  if (one !== undefined && other !== undefined) mistakes.push(wording.conflict(one, other));
  const allow = byName.get('allow');
  if (written instanceof ConnectorError) return { target: undefined, choices, mistakes };
  if (written.kind === 'domain' && allow === undefined) mistakes.push(wording.missingAllow());
  if (written.kind === 'instance' && allow !== undefined) mistakes.push(wording.needlessAllow(allow));
  // Each entry holds what the kind of its row parsed.
  return { target: targetOf(written, choices), choices, mistakes };
}

function queryParameter([name, text]: readonly [string, string]): WrittenParameter {
  return { name, text, in: 'query' };
}

function targetOf(written: WrittenTarget, { allow: text = '' }: InstanceChoices): InstanceTarget | undefined {
  if (written.kind === 'instance') return written;
  const allow = parseAllowedTargets(text);
  return allow === undefined ? undefined : { ...written, allow };
}

/** Booleans in a config file may be spelt as in a query or as in a flag. */
function readChoice(row: FlagRow, parameter: WrittenParameter): unknown {
  if (row.kind !== 'boolean') return parseAs(row, parameter.text);
  const value = parseQueryBoolean(parameter.text);
  return value === undefined && parameter.in === 'key' ? parseBoolean(parameter.text) : value;
}
