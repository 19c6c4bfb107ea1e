// The effective configuration in a form that can be shown: every setting with its origin, no secret among them.

import { formatAllowedTargets } from '../config/allowed-targets.ts';
import type { InstanceConfig } from '../config/config.ts';
import { formatTarget } from '../config/instance-target.ts';
import type { MergedLayers, Setting, Source } from '../config/sources.ts';
import { isFlag } from './flag-row.ts';
import { FLAG_ROWS } from './flags.ts';
import { type ShownValue, showValue } from './values/show-value.ts';

export interface ShownSetting {
  readonly value: ShownValue;
  readonly source: ShownSource;
}

/** Machines read it: what stands on the command line is a flag. */
export type ShownSource = Exclude<Source, { from: 'command-line' }> | { readonly from: 'flag'; readonly flag: string };

export function shownSettings({ settings }: MergedLayers): Readonly<Record<string, ShownSetting>> {
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

export function shownInstance({ target, listen, autoIamAuthn, ipType, dialAddress, ...counts }: InstanceConfig) {
  const { maxConnections, warmConnections } = counts;
  const isTcp = listen.kind === 'tcp';
  return {
    ...(target.kind === 'instance'
      ? { uri: formatTarget(target) }
      : { uri: null, domain: target.domain, allow: formatAllowedTargets(target.allow) }),
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
