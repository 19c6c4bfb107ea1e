// Settings and instances from environment variables; what looks like ours and is not is a mistake, or Kubernetes'.

import { environmentName, FLAG_ROWS, type ProxyFlags } from '../cli/flags.ts';
import { isInEnvironment, type GivenSettings } from '../cli/flag-row.ts';
import { UsageError } from '../cli/usage-error.ts';
import { readValue } from '../cli/values/read-value.ts';
import { findStrangers, isServiceAddress } from './environment-strangers.ts';
import type { GivenInstance, ReadLayer, Setting } from './sources.ts';

const INSTANCE_URI = environmentName('instance-uri');

/** Reads `ALLOYDB_PROXY_*`. An empty variable is an absent one, as composed environments leave them behind. */
export function readEnvironment(env: NodeJS.ProcessEnv): ReadLayer {
  const settings: Record<string, Setting<unknown>> = {};
  const mistakes: UsageError[] = [];
  for (const row of FLAG_ROWS) {
    if (!isInEnvironment(row)) continue;
    const variable = environmentName(row.name);
    const text = env[variable];
    if (text === undefined || text === '') continue;
    // Kubernetes' words for a Service of that name; the scan for strangers tells of them.
    if (row.kind === 'port' && isServiceAddress(text)) continue;
    const value = readValue(row, { written: variable, text });
    if (value instanceof UsageError) mistakes.push(value);
    else settings[row.name] = { value, source: { from: 'environment', variable } };
  }
  const strangers = findStrangers(env);
  const { instances, gap } = readInstances(env);
  // Each entry holds what the kind of its row parsed.
  const given = settings as GivenSettings<ProxyFlags>;
  return {
    settings: given,
    instances,
    mistakes: [...mistakes, ...(gap === undefined ? [] : [gap]), ...strangers.mistakes],
    notices: strangers.notices,
  };
}

/** `ALLOYDB_PROXY_INSTANCE_URI`, or else `_0`, `_1` and so on, counted without a gap. */
function readInstances(env: NodeJS.ProcessEnv): {
  readonly instances: readonly GivenInstance[];
  readonly gap?: UsageError;
} {
  const single = readInstance(env, INSTANCE_URI);
  if (single !== undefined) return { instances: [single] };
  const instances: GivenInstance[] = [];
  for (;;) {
    const instance = readInstance(env, `${INSTANCE_URI}_${instances.length}`);
    if (instance === undefined) break;
    instances.push(instance);
  }
  const missing = `${INSTANCE_URI}_${instances.length}`;
  const beyond = Object.keys(env).find((name) => isNumbered(name) && env[name] !== '' && !instances.some(isFrom(name)));
  if (beyond === undefined) return { instances };
  const hint = `set ${missing} or renumber: the numbers count up from 0`;
  return { instances, gap: new UsageError(`${beyond} is set but ${missing} is not`, { hint }) };
}

function readInstance(env: NodeJS.ProcessEnv, variable: string): GivenInstance | undefined {
  const text = env[variable];
  if (text === undefined || text === '') return undefined;
  return { value: text, source: { from: 'environment', variable } };
}

function isNumbered(variable: string): boolean {
  return variable.startsWith(`${INSTANCE_URI}_`) && /_\d+$/.test(variable);
}

function isFrom(variable: string): (instance: GivenInstance) => boolean {
  return ({ source }) => source.from === 'environment' && source.variable === variable;
}
