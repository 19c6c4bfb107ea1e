// `list`: the instances of a project that the credentials may see.

import { formatInstanceUri } from 'alloydb-connector';
import { GoogleApis } from 'alloydb-connector/google-apis';
import { callerOptions } from '../../config/caller-options.ts';
import { readFileLayer } from '../../config/file-layer.ts';
import { type InstanceList, listInstances } from '../../discovery/list-instances.ts';
import type { ListedInstance } from '../../discovery/listed-instance.ts';
import type { CommandContext } from '../command.ts';
import { LIST_FLAGS } from '../command-flags/list.ts';
import { printText } from '../messages.ts';
import { parseArgs } from '../parse-args.ts';
import { passWarnings } from '../pass-warnings.ts';
import { PROGRAM } from '../program-name.ts';
import { readCommand } from '../read-command.ts';
import { textTable } from '../text-table.ts';

/** What was printed is true, and not all. */
const incomplete = 10;

export async function runList({ argv, env, sinks }: CommandContext): Promise<number> {
  const { values, given } = readCommand({ name: 'list', flags: LIST_FLAGS }, argv);
  const file = await readFileLayer(parseArgs(LIST_FLAGS, argv), env);
  const say = (text: string): unknown => sinks.err.write(`${PROGRAM}: ${text}\n`);
  using _ = passWarnings(sinks.err);
  using apis = new GoogleApis(callerOptions(given, env, file));
  const { signal } = new AbortController();
  const { project, region } = values;
  const list = await listInstances(apis, { project, region, signal });
  const text = asText(list, values.format);
  if (text !== '') printText(text, sinks.out);
  const where = `project ${list.project}${region === undefined ? '' : `, region ${region}`}`;
  if (list.instances.length === 0) say(`there is no instance in ${where}`);
  if (list.unreachable.length === 0) return 0;
  say(`warning: no answer from ${list.unreachable.join(', ')}: the instances there are missing`);
  say('hint: run it again later, or with --region for another region');
  return incomplete;
}

function asText({ project, instances, unreachable }: InstanceList, format: string): string {
  if (format === 'json') return JSON.stringify({ project, instances: instances.map(shown), unreachable }, undefined, 2);
  if (format === 'uri') return lines(instances.map(({ uri }) => formatInstanceUri(uri)));
  if (instances.length === 0) return '';
  const header = ['INSTANCE', 'STATE', 'TYPE', 'PRIVATE IP', 'PUBLIC IP', 'PSC', 'CONNECTORS'];
  const rows = instances.map(({ uri, state, type, privateIp, publicIp, pscName, requiresConnectors }) => [
    formatInstanceUri(uri),
    state,
    type,
    privateIp ?? '-',
    publicIp ?? '-',
    pscName ?? '-',
    requiresConnectors ? 'required' : '-',
  ]);
  return lines(textTable([header, ...rows]));
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

function shown({ uri, privateIp, publicIp, pscName, ...rest }: ListedInstance) {
  return {
    uri: formatInstanceUri(uri),
    ...rest,
    privateIp: privateIp ?? null,
    publicIp: publicIp ?? null,
    pscName: pscName ?? null,
  };
}
