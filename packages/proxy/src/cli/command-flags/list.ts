// The flags of `list`: which instances, how to print them, and on whose behalf to ask.

import { HELP_ONLY } from '../command-flags.ts';
import type { FlagRow, FlagTable } from '../flag-row.ts';
import { CONNECTING } from '../flags/connecting.ts';
import { CREDENTIALS } from '../flags/credentials.ts';
import { PROCESS } from '../flags/process.ts';

type Credential = Exclude<(typeof CREDENTIALS)[number], { readonly name: 'login-token' }>;
type Asking = 'alloydbadmin-api-endpoint' | 'quota-project' | 'universe-domain' | 'allow-remote-emulator';
type Connecting = Extract<(typeof CONNECTING)[number], { readonly name: Asking }>;
type ConfigFile = Extract<(typeof PROCESS)[number], { readonly name: 'config-file' }>;

const ASKING: readonly string[] = [
  'alloydbadmin-api-endpoint',
  'quota-project',
  'universe-domain',
  'allow-remote-emulator',
] satisfies Asking[];

const OWN = [
  {
    name: 'project',
    kind: 'string',
    scope: 'command-line',
    group: 'General',
    placeholder: 'PROJECT',
    help: 'ID of the project. Default: GOOGLE_CLOUD_PROJECT, then that of the credentials.',
  },
  {
    name: 'region',
    kind: 'string',
    scope: 'command-line',
    group: 'General',
    placeholder: 'REGION',
    help: 'Only the instances of this region. Default: all.',
  },
  {
    name: 'format',
    kind: 'choice',
    scope: 'command-line',
    group: 'General',
    placeholder: 'table|json|uri',
    default: 'table',
    choices: ['table', 'json', 'uri'],
    help: 'How to print them; uri is one instance URI a line.',
  },
] as const satisfies FlagTable;

export const LIST_FLAGS: readonly (
  | (typeof OWN)[number]
  | Credential
  | Connecting
  | ConfigFile
  | (typeof HELP_ONLY)[number]
)[] = [
  ...OWN,
  ...CREDENTIALS.filter((row): row is Credential => row.name !== 'login-token'),
  ...CONNECTING.filter((row): row is Connecting => ASKING.includes(row.name)),
  ...PROCESS.filter((row: FlagRow): row is ConfigFile => row.name === 'config-file'),
  ...HELP_ONLY,
];
