// The flags of the commands.

import type { FlagTable } from './flag-row.ts';
import { FLAGS } from './flags.ts';

const HELP = {
  name: 'help',
  short: 'h',
  kind: 'boolean',
  scope: 'command-line',
  group: 'General',
  help: 'Print this help and exit.',
} as const;

const HTTP_ADDRESS = {
  name: 'http-address',
  kind: 'host',
  scope: 'command-line',
  group: 'Health',
  placeholder: 'HOST',
  default: 'localhost',
  help: "Address of the proxy's HTTP server. An address that stands for all is asked over loopback.",
} as const;

const HTTP_PORT = {
  name: 'http-port',
  kind: 'port',
  scope: 'command-line',
  group: 'Health',
  placeholder: 'PORT',
  default: '9090',
  help: "Port of the proxy's HTTP server.",
} as const;

const ADMIN_PORT = {
  name: 'admin-port',
  kind: 'port',
  scope: 'command-line',
  group: 'Admin',
  placeholder: 'PORT',
  default: '9091',
  help: "Port of the proxy's admin server.",
} as const;

/** Each command says in its help what it prints so. */
export const FORMAT = {
  name: 'format',
  kind: 'choice',
  scope: 'command-line',
  group: 'General',
  placeholder: 'text|json',
  default: 'text',
  choices: ['text', 'json'],
} as const;

export const HELP_ONLY = [HELP] as const satisfies FlagTable;

/** Those of the proxy: what is printed is what a start with the same ones would do. */
export const CONFIG_FLAGS = [
  { ...FORMAT, help: 'How to print the configuration.' },
  ...FLAGS,
] as const satisfies FlagTable;

export const WAIT_FLAGS = [
  {
    name: 'max',
    short: 'm',
    kind: 'duration',
    scope: 'command-line',
    group: 'Health',
    placeholder: 'DURATION',
    default: '30s',
    help: 'How long to wait in all.',
  },
  HTTP_ADDRESS,
  HTTP_PORT,
  HELP,
] as const satisfies FlagTable;

export const SHUTDOWN_FLAGS = [ADMIN_PORT, HELP] as const satisfies FlagTable;

export const STATUS_FLAGS = [
  ADMIN_PORT,
  {
    name: 'watch',
    short: 'w',
    kind: 'boolean',
    scope: 'command-line',
    group: 'Admin',
    help: 'Show it anew each second until interrupted.',
  },
  {
    name: 'url',
    kind: 'boolean',
    scope: 'command-line',
    group: 'Admin',
    help: 'Print the address of the status page instead, with the secret that ends sessions from there.',
  },
  { ...FORMAT, help: 'How to print it. With --watch JSON is one line a second.' },
  HELP,
] as const satisfies FlagTable;

/** Besides the command line they come from wherever those of the proxy come from: a probe has no arguments of its own. */
export const HEALTHCHECK_FLAGS = [
  {
    name: 'timeout',
    kind: 'duration',
    scope: 'command-line',
    group: 'Health',
    placeholder: 'DURATION',
    default: '3s',
    help: 'How long the answer may take.',
  },
  { ...HTTP_ADDRESS, scope: 'program' },
  { ...HTTP_PORT, scope: 'program' },
  {
    name: 'config-file',
    kind: 'path',
    scope: 'outside-files',
    group: 'General',
    placeholder: 'PATH',
    help: "The proxy's config file, for the address and port that stand in it.",
  },
  HELP,
] as const satisfies FlagTable;

export const SERVICE_FLAGS = [
  {
    name: 'manager',
    kind: 'choice',
    scope: 'command-line',
    group: 'General',
    placeholder: 'MANAGER',
    choices: ['systemd', 'upstart', 'supervisor', 'windows', 'launchd'],
    help: 'systemd, upstart, supervisor, windows or launchd. Default: the one that is there.',
  },
  {
    name: 'name',
    kind: 'string',
    scope: 'command-line',
    group: 'General',
    placeholder: 'NAME',
    default: 'alloydb-auth-proxy',
    help: 'Name of the service: one machine can have several.',
  },
  {
    name: 'user',
    kind: 'string',
    scope: 'command-line',
    group: 'General',
    placeholder: 'USER',
    help: 'User that it runs as. Default: systemd makes one up, Windows has Network Service, others take root.',
  },
  {
    name: 'part-of',
    kind: 'string',
    scope: 'command-line',
    group: 'General',
    placeholder: 'SERVICE',
    help: 'Start before the service of the application, and stop and restart with it (systemd, upstart).',
  },
  {
    name: 'socket-activation',
    kind: 'boolean',
    scope: 'command-line',
    group: 'General',
    help: 'Let systemd listen, so that no connection is refused while the proxy restarts.',
  },
  {
    name: 'program',
    kind: 'path',
    scope: 'command-line',
    group: 'General',
    placeholder: 'PATH',
    help: 'Program to run as the service. Default: this one.',
  },
  {
    name: 'root',
    kind: 'path',
    scope: 'command-line',
    group: 'General',
    placeholder: 'DIR',
    help: 'Write into the system image in this folder instead of the running system, and run nothing.',
  },
  {
    name: 'dry-run',
    kind: 'boolean',
    scope: 'command-line',
    group: 'General',
    help: 'Show every file and command, and change nothing.',
  },
  HELP,
] as const satisfies FlagTable;

export const UPDATE_FLAGS = [
  {
    name: 'image',
    kind: 'string',
    scope: 'command-line',
    group: 'General',
    placeholder: 'HOST/NAME[:TAG]',
    help: "check: ask the image's registry. A TAG that is a version is what is compared, else this program.",
  },
  {
    name: 'feed',
    kind: 'url',
    scope: 'command-line',
    group: 'General',
    placeholder: 'URL',
    help: 'check, apply: ask this release feed, such as a mirror. Default: ALLOYDB_PROXY_UPDATE_FEED, else where this program came from.',
  },
  { ...FORMAT, help: 'check: how to print what was found.' },
  HELP,
] as const satisfies FlagTable;
