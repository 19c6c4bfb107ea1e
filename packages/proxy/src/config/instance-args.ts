// One instance as it is written on the command line: a URI, then query parameters that hold for this instance alone.

import { ConnectorError, parseInstanceUri, type InstanceUri } from 'alloydb-connector';
import { isQueryParameter, type FlagRow, type FlagValues } from '../cli/flag-row.ts';
import { FLAG_ROWS, type ProxyFlags, type QueryName } from '../cli/flags.ts';
import { closest } from '../cli/suggest.ts';
import { UsageError } from '../cli/usage-error.ts';
import { parseQueryBoolean } from '../cli/values/boolean.ts';
import { KINDS } from '../cli/values/kinds.ts';
import { expectedOf, parseAs } from '../cli/values/read-value.ts';
import { findConflict } from './conflicts.ts';
import { refuseForeign } from './platform.ts';
import type { GivenInstance } from './sources.ts';

/** What the query parameters of one instance set; what they leave open is absent. */
export type InstanceChoices = { readonly [Name in QueryName]?: NonNullable<FlagValues<ProxyFlags>[Name]> };

export interface InstanceArgument {
  readonly uri: InstanceUri;
  readonly choices: InstanceChoices;
}

/**
 * Reads `URI` or `URI?port=7000&auto-iam-authn=true`.
 *
 * @throws {UsageError} when the URI or a parameter is wrong, unknown or repeated, or when two parameters exclude each other.
 */
export function parseInstanceArgument({ value: text, source }: GivenInstance): InstanceArgument {
  const at = text.indexOf('?');
  const uriText = at === -1 ? text : text.slice(0, at);
  const place = source.from === 'environment' ? `${source.variable} ("${uriText}")` : `instance "${uriText}"`;
  const uri = parseUri(uriText, source.from === 'environment' ? ` (from ${source.variable})` : '');
  const choices: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(at === -1 ? '' : text.slice(at + 1))) {
    const row = FLAG_ROWS.find((candidate) => candidate.name === name && isQueryParameter(candidate));
    if (row === undefined) throw unknownParameter(name, place);
    if (name in choices) {
      const hint = `keep one of them: 'INSTANCE_URI?${name}=${value}'`;
      throw new UsageError(`query parameter ${name} is repeated for ${place}`, { hint });
    }
    refuseForeign(row, `query parameter ${name} of ${place}`);
    choices[name] = readChoice(row, value, place);
  }
  const conflict = findConflict((name) => choices[name] !== undefined && choices[name] !== false);
  if (conflict !== undefined) {
    const [one, other] = [conflict.one.name, conflict.other.name];
    throw new UsageError(`query parameters ${one} and ${other} cannot be used together for ${place}`, {
      hint: `remove ${one} or ${other} from the instance`,
    });
  }
  // Each entry holds what the kind of its row parsed.
  return { uri, choices };
}

function parseUri(text: string, from: string): InstanceUri {
  try {
    return parseInstanceUri(text);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const hint = /^-./.test(text) ? 'flags stand before "--"' : (error.hint ?? 'see --help');
    throw new UsageError(`${error.message}${from}`, { hint, cause: error });
  }
}

function readChoice(row: FlagRow, text: string, place: string): unknown {
  const value = row.kind === 'boolean' ? parseQueryBoolean(text) : parseAs(row, text);
  if (value !== undefined) return value;
  throw new UsageError(
    `invalid value "${text}" of query parameter ${row.name} for ${place}: expected ${expectedOf(row)}`,
    {
      hint: `write it like 'INSTANCE_URI?${row.name}=${KINDS[row.kind].example}'`,
    },
  );
}

function unknownParameter(name: string, place: string): UsageError {
  const known = FLAG_ROWS.filter(isQueryParameter).map((row) => row.name);
  const flag = FLAG_ROWS.find((row) => row.name === name);
  const near = closest(name, known);
  let hint = `an instance takes ${known.join(', ')}`;
  if (flag !== undefined) hint = `--${name} holds for all instances: write it as a flag`;
  else if (near !== undefined) hint = `did you mean ${near}?`;
  return new UsageError(`unknown query parameter "${name}" for ${place}`, { hint });
}
