// THE table: every setting of the proxy, one row each. Adding a flag is adding a row.

import type { FlagRow, FlagTable } from './flag-row.ts';

export const FLAGS = [
  {
    name: 'address',
    short: 'a',
    kind: 'host',
    scope: 'program-and-instance',
    group: 'Listening',
    placeholder: 'HOST',
    default: '127.0.0.1',
    help: 'Address to listen on: an IP address or a host name.',
    conflictsWith: ['unix-socket', 'unix-socket-path'],
  },
  {
    name: 'port',
    short: 'p',
    kind: 'port',
    scope: 'program-and-instance',
    group: 'Listening',
    placeholder: 'PORT',
    default: '5432',
    help: 'Port of the first listener; each further instance without a port of its own takes the next. 0 picks a free one.',
    conflictsWith: ['unix-socket', 'unix-socket-path'],
  },
  {
    name: 'unix-socket',
    short: 'u',
    kind: 'path',
    scope: 'program-and-instance',
    group: 'Listening',
    placeholder: 'DIR',
    help: 'Listen on Unix sockets: DIR/PROJECT.REGION.CLUSTER.INSTANCE/.s.PGSQL.5432 for each instance.',
    conflictsWith: ['unix-socket-path'],
  },
  {
    name: 'unix-socket-path',
    kind: 'path',
    scope: 'instance',
    group: 'Listening',
    placeholder: 'PATH',
    help: 'Listen on the Unix socket at PATH, whose parent folder must exist. /.s.PGSQL.5432 is appended when missing.',
  },
  {
    name: 'auto-iam-authn',
    short: 'i',
    kind: 'boolean',
    scope: 'program-and-instance',
    group: 'Connecting',
    help: 'Auto IAM AuthN: log IAM principals in to the database without a password.',
  },
  {
    name: 'public-ip',
    kind: 'boolean',
    scope: 'program-and-instance',
    group: 'Connecting',
    help: 'Connect to the public IP of the instance instead of the private one.',
    conflictsWith: ['psc'],
  },
  {
    name: 'psc',
    kind: 'boolean',
    scope: 'program-and-instance',
    group: 'Connecting',
    help: 'Connect to the Private Service Connect (PSC) name of the instance instead of the private IP.',
  },
  {
    name: 'max-connections',
    kind: 'unsigned',
    scope: 'program',
    group: 'Connecting',
    placeholder: 'COUNT',
    default: '0',
    help: 'Most client connections at one time; further ones are refused. 0 is no limit.',
  },
  {
    name: 'alloydbadmin-api-endpoint',
    kind: 'url',
    scope: 'program',
    group: 'Connecting',
    placeholder: 'URL',
    default: 'https://alloydb.googleapis.com',
    help: 'Base URL of the AlloyDB Admin API.',
  },
  {
    name: 'credentials-file',
    short: 'c',
    kind: 'path',
    scope: 'program',
    group: 'Credentials',
    placeholder: 'PATH',
    help: 'Service account key or other credential file. Without it: Application Default Credentials.',
    conflictsWith: ['token'],
  },
  {
    name: 'token',
    short: 't',
    kind: 'string',
    scope: 'program',
    group: 'Credentials',
    placeholder: 'TOKEN',
    help: 'OAuth2 access token to use as it is. It is not renewed.',
    secret: true,
  },
  {
    name: 'structured-logs',
    short: 'l',
    kind: 'boolean',
    scope: 'program',
    group: 'Logging',
    help: 'Write each log line as a LogEntry of Cloud Logging in JSON.',
  },
  {
    name: 'debug-logs',
    kind: 'boolean',
    scope: 'program',
    group: 'Logging',
    help: 'Log what happens inside as well.',
  },
  {
    name: 'quiet',
    kind: 'boolean',
    scope: 'program',
    group: 'Logging',
    help: 'Log errors only. Wins over --debug-logs.',
  },
  {
    name: 'help',
    short: 'h',
    kind: 'boolean',
    scope: 'command-line',
    group: 'General',
    help: 'Print this help and exit.',
  },
  {
    name: 'version',
    short: 'v',
    kind: 'boolean',
    scope: 'command-line',
    group: 'General',
    help: 'Print the version and exit.',
  },
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
