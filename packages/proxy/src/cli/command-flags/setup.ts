// The flags of `setup`: what to make, how to ask, and on whose behalf.

import { FORMAT, HELP_ONLY } from '../command-flags.ts';
import type { FlagRow, FlagTable } from '../flag-row.ts';
import { CONNECTING } from '../flags/connecting.ts';
import { CREDENTIALS } from '../flags/credentials.ts';

type Credential = (typeof CREDENTIALS)[number];
type Caller = Exclude<Credential, { readonly name: 'login-token' }>;
type Asking = 'quota-project' | 'universe-domain' | 'allow-remote-emulator';
type Connecting = Extract<(typeof CONNECTING)[number], { readonly name: Asking }>;

const ASKING: readonly string[] = ['quota-project', 'universe-domain', 'allow-remote-emulator'] satisfies Asking[];

/** Those of the proxy that say who calls which APIs, and at whose expense. */
const CALLER: readonly (Caller | Connecting)[] = [
  ...CREDENTIALS.filter((row): row is Caller => row.name !== 'login-token'),
  ...CONNECTING.filter((row): row is Connecting => ASKING.includes(row.name)),
];

const OWN = [
  {
    name: 'project',
    kind: 'string',
    scope: 'command-line',
    group: 'General',
    placeholder: 'PROJECT',
    help: 'service-account: ID of the project that the instance is in.',
  },
  {
    name: 'name',
    kind: 'string',
    scope: 'command-line',
    group: 'General',
    placeholder: 'NAME',
    default: 'alloydb-proxy',
    help: 'service-account: what stands before the @ of its e-mail address, 6 to 30 characters.',
  },
  {
    name: 'role',
    kind: 'choice',
    scope: 'command-line',
    group: 'General',
    placeholder: 'client|admin',
    default: 'client',
    choices: ['client', 'admin'],
    help: 'service-account: roles/alloydb.client is all that a proxy needs; roles/alloydb.admin may change instances.',
  },
  {
    name: 'key-file',
    kind: 'path',
    scope: 'command-line',
    group: 'General',
    placeholder: 'PATH',
    help: 'Where the key is. Default for service-account: NAME.json in this folder.',
  },
  {
    name: 'no-key',
    kind: 'boolean',
    scope: 'command-line',
    group: 'General',
    help: 'service-account: make no key, for machines that have an identity of their own or impersonate the account.',
  },
  {
    name: 'force',
    kind: 'boolean',
    scope: 'command-line',
    group: 'General',
    help: 'service-account: put the new key into the place of a file that is there already.',
  },
  {
    name: 'undo',
    kind: 'boolean',
    scope: 'command-line',
    group: 'General',
    help: 'service-account: take away what it made, and only that.',
  },
  {
    name: 'dry-run',
    kind: 'boolean',
    scope: 'command-line',
    group: 'General',
    help: 'Show what would be done, and change nothing.',
  },
  {
    name: 'yes',
    kind: 'boolean',
    scope: 'command-line',
    group: 'General',
    help: 'Do it without a question.',
  },
  { ...FORMAT, help: 'How to print what is done; json needs --yes or --dry-run. Never shows the key.' },
] as const satisfies FlagTable;

export const SETUP_FLAGS: readonly ((typeof OWN)[number] | Caller | Connecting | (typeof HELP_ONLY)[number])[] = [
  ...OWN,
  ...CALLER,
  ...HELP_ONLY,
];

/** By its name alone: the types of the tables do not know it. */
export function isOfCaller(name: string): boolean {
  return (CALLER as readonly FlagRow[]).some((row) => row.name === name);
}
