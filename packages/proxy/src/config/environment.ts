// Settings and instances from environment variables.

import { environmentName, FLAG_ROWS, type ProxyFlags } from '../cli/flags.ts';
import type { GivenSettings } from '../cli/flag-row.ts';
import { UsageError } from '../cli/usage-error.ts';
import { readValue } from '../cli/values/read-value.ts';
import type { GivenInstance, Layer, Setting } from './sources.ts';

export interface EnvironmentLayer extends Layer {
  readonly mistakes: readonly UsageError[];
  /** Variables left alone although they look like ours, each with the reason in a sentence. */
  readonly notices: readonly string[];
}

const INSTANCE_URI = environmentName('instance-uri');

/** Reads `ALLOYDB_PROXY_*`. An empty variable is an absent one, as composed environments leave them behind. */
export function readEnvironment(env: NodeJS.ProcessEnv): EnvironmentLayer {
  const settings: Record<string, Setting<unknown>> = {};
  const mistakes: UsageError[] = [];
  const notices: string[] = [];
  for (const row of FLAG_ROWS) {
    if (row.scope === 'command-line' || row.scope === 'instance') continue;
    const variable = environmentName(row.name);
    const text = env[variable];
    if (text === undefined || text === '') continue;
    if (row.name === 'port' && isServiceLink(text)) {
      notices.push(`ignoring ${variable}="${text}": Kubernetes sets it for a Service named alloydb-proxy`);
      continue;
    }
    const value = readValue(row, { written: variable, text });
    if (value instanceof UsageError) mistakes.push(value);
    else settings[row.name] = { value, source: { from: 'environment', variable } };
  }
  const { instances, gap } = readInstances(env);
  // Each entry holds what the kind of its row parsed.
  const given = settings as GivenSettings<ProxyFlags>;
  return { settings: given, instances, mistakes: gap === undefined ? mistakes : [...mistakes, gap], notices };
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

/** Kubernetes describes each Service to every pod in variables named after the Service. */
function isServiceLink(text: string): boolean {
  return /^(?:tcp|udp|sctp):\/\//.test(text);
}
