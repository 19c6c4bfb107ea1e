// What one row of a flag table says, and the types that follow from a table.

import type { Setting } from '../config/sources.ts';
import type { KindName, KindValues } from './values/kinds.ts';

/** Where a flag may stand. */
export type FlagScope =
  /** On the command line alone: it asks for something else than a start. */
  | 'command-line'
  /** On the command line and in the environment: it says which file to read. */
  | 'outside-files'
  /** Wherever settings come from. */
  | 'program'
  /** The same, and as a query parameter of one instance, whose choice replaces the program's. */
  | 'program-and-instance'
  /** Only as a query parameter of one instance. */
  | 'instance';

export type FlagGroup =
  | 'Listening'
  | 'Connecting'
  | 'Limits'
  | 'Credentials'
  | 'Health'
  | 'Telemetry'
  | 'Admin'
  | 'Shutdown'
  | 'Logging'
  | 'General';

export interface FlagRow {
  /** The long name without its dashes; environment names, config keys and query parameters follow from it. */
  readonly name: string;
  readonly short?: string;
  readonly kind: KindName;
  readonly scope: FlagScope;
  readonly group: FlagGroup;
  /** What stands for the value in --help. Booleans have none. */
  readonly placeholder?: string;
  /** Written as a user would. Without it booleans are false and lists empty; other kinds may be absent. */
  readonly default?: string;
  /** What counts while nothing is set and nothing else, such as the credentials, says otherwise; for `config` to show. */
  readonly otherwise?: string;
  /** One or two sentences. */
  readonly help: string;
  /** The value is never shown. */
  readonly secret?: true;
  /** The values of a `choice`. */
  readonly choices?: readonly string[];
  /** Names of flags of which one must be on for this one to mean anything. */
  readonly needs?: readonly string[];
  /** Windows has nothing of the kind. */
  readonly posixOnly?: true;
  /** Only Linux has anything of the kind. */
  readonly linuxOnly?: true;
  /** Why the program cannot do this yet: it is read and shown, and refuses to start. */
  readonly unavailable?: string;
  /** Names of flags that cannot stand beside this one at the same place. Stated on one of the two is enough. */
  readonly conflictsWith?: readonly string[];
}

export type FlagTable = readonly FlagRow[];

/** Whether a flag may be written on the command line. */
export function isFlag(row: FlagRow): boolean {
  return row.scope !== 'instance';
}

/** Whether a flag may be set by an environment variable. */
export function isInEnvironment({ scope }: FlagRow): boolean {
  return scope === 'outside-files' || scope === 'program' || scope === 'program-and-instance';
}

/** Whether a flag may be a key of a config file. */
export function isInFile({ scope }: FlagRow): boolean {
  return scope === 'program' || scope === 'program-and-instance';
}

/** Whether a flag may be written as a query parameter of an instance. */
export function isQueryParameter(row: FlagRow): boolean {
  return row.scope === 'instance' || row.scope === 'program-and-instance';
}

type ValueOf<Row> = Row extends { readonly kind: infer Kind extends KindName } ? KindValues[Kind] : never;

type IsAlwaysThere<Row> = Row extends { readonly default: string } | { readonly kind: 'boolean' | 'list' }
  ? true
  : false;

/** The value of every flag of a table, defaults filled in. */
export type FlagValues<Table extends FlagTable> = {
  readonly [Row in Table[number] as Row['name']]: IsAlwaysThere<Row> extends true
    ? ValueOf<Row>
    : ValueOf<Row> | undefined;
};

/** The flags of a table that somebody has set, and where. */
export type GivenSettings<Table extends FlagTable> = {
  readonly [Row in Table[number] as Row['name']]?: Setting<ValueOf<Row>>;
};

/** Every flag of a table, set or not. */
export type Settings<Table extends FlagTable> = {
  readonly [Name in keyof FlagValues<Table>]: Setting<FlagValues<Table>[Name]>;
};
