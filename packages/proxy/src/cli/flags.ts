// THE table: every setting of the proxy, one row each. Adding a flag is adding a row to one of its parts.

import type { FlagRow, FlagTable } from './flag-row.ts';
import { CONNECTING } from './flags/connecting.ts';
import { CREDENTIALS } from './flags/credentials.ts';
import { DISCOVERY } from './flags/discovery.ts';
import { ENDPOINTS } from './flags/endpoints.ts';
import { LIMITS } from './flags/limits.ts';
import { LISTENING } from './flags/listening.ts';
import { PROCESS } from './flags/process.ts';

export const FLAGS = [
  ...LISTENING,
  ...CONNECTING,
  ...DISCOVERY,
  ...LIMITS,
  ...CREDENTIALS,
  ...ENDPOINTS,
  ...PROCESS,
] as const satisfies FlagTable;

export type ProxyFlags = typeof FLAGS;
export type FlagName = ProxyFlags[number]['name'];

/** The name of a row that may also be a query parameter of one instance. */
export type QueryName = Extract<ProxyFlags[number], { readonly scope: 'instance' | 'program-and-instance' }>['name'];

/** The rows without the narrow types of this table, for loops over all of them. */
export const FLAG_ROWS: readonly FlagRow[] = FLAGS;

/** The environment variable of a flag: `ALLOYDB_PROXY_PORT`. */
export function environmentName(flag: string): string {
  return `ALLOYDB_PROXY_${flag.toUpperCase().replaceAll('-', '_')}`;
}
