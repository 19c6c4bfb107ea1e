// `config`: prints what a start with the same flags, environment and file would do, and opens nothing.

import { readFileLayer } from '../../config/file-layer.ts';
import { formatAllowedTargets } from '../../config/allowed-targets.ts';
import type { InstanceConfig } from '../../config/config.ts';
import { readConfiguration } from '../../config/configuration.ts';
import { formatTarget } from '../../config/instance-target.ts';
import { writtenAs } from '../../config/sources.ts';
import type { CommandContext } from '../command.ts';
import { CONFIG_FLAGS } from '../command-flags.ts';
import { printText } from '../messages.ts';
import { textTable } from '../text-table.ts';
import { parseArgs } from '../parse-args.ts';
import { type ShownSetting, type ShownSource, shownInstance, shownSettings } from '../shown-configuration.ts';
import type { ShownValue } from '../values/show-value.ts';

export async function runConfig({ argv, env, sinks }: CommandContext): Promise<number> {
  const args = parseArgs(CONFIG_FLAGS, argv);
  const file = await readFileLayer(args, env);
  const { config, merged, notices } = readConfiguration({ args, env, file });
  const settings = shownSettings(merged);
  const instances = config.instances.map(shownInstance);
  for (const notice of notices) sinks.err.write(`${notice}\n`);
  printText(
    args.given.format?.value === 'json'
      ? JSON.stringify({ settings, instances }, undefined, 2)
      : asText(settings, config.instances),
    sinks.out,
  );
  return 0;
}

function asText(settings: Readonly<Record<string, ShownSetting>>, instances: readonly InstanceConfig[]): string {
  const rows = Object.entries(settings).map(([name, { value, source }]) => [
    name,
    inWords(value),
    origin(name, source),
  ]);
  const instanceLines = instances.map((config) => {
    const { target } = config;
    const { address, port, unixSocketPath, autoIamAuthn, ipType, dialAddress, ...counts } = shownInstance(config);
    const { maxConnections, warmConnections } = counts;
    const facts = [
      ...(target.kind === 'instance' ? [] : [`may point into ${formatAllowedTargets(target.allow)}`]),
      `listens on ${unixSocketPath ?? `${address?.includes(':') === true ? `[${address}]` : address}:${port}`}`,
      `${ipType} address`,
      ...(dialAddress === null ? [] : [`dials ${dialAddress}`]),
      ...(autoIamAuthn ? ['Auto IAM AuthN'] : []),
      ...(maxConnections === 0 ? [] : [`at most ${maxConnections} connections`]),
      ...(warmConnections === 0 ? [] : [`${warmConnections} kept warm`]),
    ];
    return `${formatTarget(target)}\n  ${facts.join(', ')}`;
  });
  return [...textTable([['SETTING', 'VALUE', 'FROM'], ...rows]), '', 'INSTANCES', ...instanceLines].join('\n');
}

function inWords(value: ShownValue): string {
  if (value === null) return '-';
  return typeof value === 'object' ? value.join(',') || '-' : String(value);
}

function origin(name: string, source: ShownSource): string {
  if (source.from === 'default') return 'default';
  return source.from === 'flag' ? source.flag : writtenAs(name, source);
}
