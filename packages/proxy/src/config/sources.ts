// Where settings come from, and which of them counts: flag before environment before file before default, each with its
// origin kept.

import type { FlagRow, GivenSettings, Settings } from '../cli/flag-row.ts';
import { FLAG_ROWS, type ProxyFlags } from '../cli/flags.ts';
import type { UsageError } from '../cli/usage-error.ts';
import type { KindName } from '../cli/values/kinds.ts';
import { parseAs } from '../cli/values/read-value.ts';

/** Where one value was found. */
export type Source =
  | { readonly from: 'command-line' }
  | { readonly from: 'environment'; readonly variable: string }
  /** `path` and `key` as the user wrote them; `line` counts from 1 and is absent where it is not known. */
  | { readonly from: 'file'; readonly path: string; readonly key: string; readonly line?: number }
  | { readonly from: 'default' };

export interface Setting<Value> {
  readonly value: Value;
  readonly source: Source;
}

/** An instance as somebody wrote it: a URI, perhaps with query parameters. */
export interface GivenInstance extends Setting<string> {
  /** What stands beside the URI in a list of instances; the same as query parameters, whatever they are written with. */
  readonly parameters?: readonly GivenParameter[];
}

/** A key of one instance in a config file. */
export interface GivenParameter {
  readonly name: string;
  /** The value as a query parameter would have it. */
  readonly text: string;
  readonly line?: number;
}

/** Everything that one source says. */
export interface Layer {
  readonly settings: GivenSettings<ProxyFlags>;
  readonly instances: readonly GivenInstance[];
}

/** A layer that was read from somewhere, with what is wrong in it. */
export interface ReadLayer extends Layer {
  readonly mistakes: readonly UsageError[];
  /** What was left alone and why, each in a sentence. */
  readonly notices: readonly string[];
}

export interface MergedLayers {
  readonly settings: Settings<ProxyFlags>;
  readonly instances: readonly GivenInstance[];
}

/**
 * Merges layers, the one that counts most first. Settings are taken one by one; the instances are those of the first
 * layer that names any, never a mixture.
 */
export function mergeLayers(layers: readonly Layer[]): MergedLayers {
  const settings: Record<string, Setting<unknown>> = {};
  for (const row of FLAG_ROWS) {
    const given = layers.map((layer) => settingOf(layer.settings, row)).find((setting) => setting !== undefined);
    settings[row.name] = given ?? { value: defaultOf(row), source: { from: 'default' } };
  }
  return {
    // One entry a row, each holding what the row's kind parsed.
    settings: settings as Settings<ProxyFlags>,
    instances: layers.find((layer) => layer.instances.length > 0)?.instances ?? [],
  };
}

/** How the user wrote a setting, for messages: `--port`, the name of the environment variable, or `proxy.toml: port`. */
export function writtenAs(flag: string, source: Source): string {
  if (source.from === 'file') return `${source.path}: ${source.key}`;
  return source.from === 'environment' ? source.variable : `--${flag}`;
}

function settingOf(settings: GivenSettings<ProxyFlags>, row: FlagRow): Setting<unknown> | undefined {
  const byName: Readonly<Record<string, Setting<unknown>>> = settings;
  return byName[row.name];
}

const DEFAULT_OF_KIND: { readonly [Kind in KindName]?: unknown } = { boolean: false, list: [] };

/** What a setting is when nobody has set it. */
export function defaultOf(row: FlagRow): unknown {
  return row.default === undefined ? DEFAULT_OF_KIND[row.kind] : parseAs(row, row.default);
}
