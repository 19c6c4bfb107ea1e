// `config`: prints what a start with the same flags, environment and file would do, and opens nothing.

import { formatInstanceUri } from 'alloydb-connector';
import { readFileLayer } from '../../config/file-layer.ts';
import type { InstanceConfig } from '../../config/config.ts';
import { readConfiguration } from '../../config/configuration.ts';
import { type MergedLayers, type Setting, type Source, writtenAs } from '../../config/sources.ts';
import type { CommandContext } from '../command.ts';
import { CONFIG_FLAGS } from '../command-flags.ts';
import { FLAG_ROWS } from '../flags.ts';
import { isFlag } from '../flag-row.ts';
import { printText } from '../messages.ts';
import { parseArgs } from '../parse-args.ts';
import { type ShownValue, showValue } from '../values/show-value.ts';

interface ShownSetting {
  readonly value: ShownValue;
  readonly source: ShownSource;
}

/** Machines read it: what stands on the command line is a flag. */
type ShownSource = Exclude<Source, { from: 'command-line' }> | { readonly from: 'flag'; readonly flag: string };

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

function shownSettings({ settings }: MergedLayers): Readonly<Record<string, ShownSetting>> {
  const byName: Readonly<Record<string, Setting<unknown>>> = settings;
  const rows = FLAG_ROWS.filter((row) => isFlag(row) && row.scope !== 'command-line');
  return Object.fromEntries(
    rows.map((row) => {
      const { value, source } = byName[row.name] ?? { value: undefined, source: { from: 'default' } };
      const shown = source.from === 'command-line' ? ({ from: 'flag', flag: `--${row.name}` } as const) : source;
      return [row.name, { value: showValue(row, value), source: shown }];
    }),
  );
}

function shownInstance({ uri, listen, autoIamAuthn, ipType, dialAddress, ...counts }: InstanceConfig) {
  const { maxConnections, warmConnections } = counts;
  const isTcp = listen.kind === 'tcp';
  return {
    uri: formatInstanceUri(uri),
    address: isTcp ? listen.host : null,
    port: isTcp ? listen.port : null,
    unixSocketPath: isTcp ? null : listen.path,
    autoIamAuthn,
    ipType,
    dialAddress: dialAddress ?? null,
    maxConnections,
    warmConnections,
  };
}

function asText(settings: Readonly<Record<string, ShownSetting>>, instances: readonly InstanceConfig[]): string {
  const rows = Object.entries(settings).map(([name, { value, source }]) => [
    name,
    inWords(value),
    origin(name, source),
  ]);
  const instanceLines = instances.map(shownInstance).map((instance) => {
    const { uri, address, port, unixSocketPath, autoIamAuthn, ipType, dialAddress } = instance;
    const { maxConnections, warmConnections } = instance;
    const facts = [
      `listens on ${unixSocketPath ?? `${address?.includes(':') === true ? `[${address}]` : address}:${port}`}`,
      `${ipType} address`,
      ...(dialAddress === null ? [] : [`dials ${dialAddress}`]),
      ...(autoIamAuthn ? ['Auto IAM AuthN'] : []),
      ...(maxConnections === 0 ? [] : [`at most ${maxConnections} connections`]),
      ...(warmConnections === 0 ? [] : [`${warmConnections} kept warm`]),
    ];
    return `${uri}\n  ${facts.join(', ')}`;
  });
  return [...table([['SETTING', 'VALUE', 'FROM'], ...rows]), '', 'INSTANCES', ...instanceLines].join('\n');
}

function inWords(value: ShownValue): string {
  if (value === null) return '-';
  return typeof value === 'object' ? value.join(',') || '-' : String(value);
}

function origin(name: string, source: ShownSource): string {
  if (source.from === 'default') return 'default';
  return source.from === 'flag' ? source.flag : writtenAs(name, source);
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
