// Every command there is.

import type { Command } from './command.ts';
import {
  CONFIG_FLAGS,
  HEALTHCHECK_FLAGS,
  HELP_ONLY,
  SERVICE_FLAGS,
  SHUTDOWN_FLAGS,
  STATUS_FLAGS,
  UPDATE_FLAGS,
  WAIT_FLAGS,
} from './command-flags.ts';
import { DOCTOR_FLAGS } from './command-flags/doctor.ts';
import { LIST_FLAGS } from './command-flags/list.ts';
import { SETUP_FLAGS } from './command-flags/setup.ts';
import { INSTALL_COMPLETION, SHELLS } from './completion/shells.ts';
import { FLAGS } from './flags.ts';
import { SERVICE_ACTIONS } from '../service/actions.ts';
import { SETUP_ACTIONS } from '../setup/actions.ts';
import { UPDATE_ACTIONS } from '../update/actions.ts';

const UPDATE_NOTES = `update check exits with 0 when this is the newest version, with 10 when there is a newer one, and
with 1 when there is no telling. update apply replaces the executable by a newer one with the right
signature, and update rollback exchanges it with the one before.
`;

const SETUP_NOTES = `setup service-account makes the service account, or takes the one of that name, grants it the role
and roles/serviceusage.serviceUsageConsumer, and writes a key; a second run does what is missing.
setup rotate-key exchanges the key in --key-file for a new one and deletes the old one. Both show
what they would do before they do it; when the caller may not, they print the gcloud commands for
somebody who may.
`;

const LIST_NOTES = `list needs roles/alloydb.viewer in the project. It exits with 10 when some regions did not answer:
their instances are missing.
`;

const COMMANDS_BUT_HELP: readonly Command[] = [
  {
    name: 'config',
    summary: 'Print the effective configuration, each setting with where it comes from. Opens nothing.',
    usage: '[flags] INSTANCE_URI...',
    flags: CONFIG_FLAGS,
    load: async () => (await import('./commands/config.ts')).runConfig,
  },
  {
    name: 'doctor',
    summary: 'Check everything between this machine and the database, and say what to do about what is wrong.',
    usage: '[flags] [INSTANCE_URI...]',
    flags: DOCTOR_FLAGS,
    load: async () => (await import('./commands/doctor.ts')).runDoctor,
  },
  {
    name: 'run',
    summary: 'Run a command with PGHOST and PGPORT set for the instance, and end with it.',
    usage: 'INSTANCE_URI [flags] -- COMMAND [ARGUMENT...]',
    flags: FLAGS,
    load: async () => (await import('./commands/run.ts')).runRun,
  },
  {
    name: 'list',
    summary: 'List the instances of a project.',
    usage: '[flags]',
    flags: LIST_FLAGS,
    notes: LIST_NOTES,
    load: async () => (await import('./commands/list.ts')).runList,
  },
  {
    name: 'wait',
    summary: 'Wait until a proxy that runs with --health-check has started (/startup).',
    usage: '[flags]',
    flags: WAIT_FLAGS,
    load: async () => (await import('./commands/wait.ts')).runWait,
  },
  {
    name: 'shutdown',
    summary: 'End a proxy that runs with --quitquitquit on this machine.',
    usage: '[flags]',
    flags: SHUTDOWN_FLAGS,
    load: async () => (await import('./commands/shutdown.ts')).runShutdown,
  },
  {
    name: 'status',
    summary: 'Show what a proxy that runs with an admin server on this machine is doing.',
    usage: '[flags]',
    flags: STATUS_FLAGS,
    load: async () => (await import('./commands/status.ts')).runStatus,
  },
  {
    name: 'healthcheck',
    summary: 'Exit with 0 when a proxy that runs with --health-check is ready (/readiness), else with 1.',
    usage: '[flags]',
    flags: HEALTHCHECK_FLAGS,
    load: async () => (await import('./commands/healthcheck.ts')).runHealthcheck,
  },
  {
    name: 'completion',
    summary: 'Print the script that lets a shell complete flags and commands.',
    usage: SHELLS.join('|'),
    words: SHELLS,
    flags: HELP_ONLY,
    notes: INSTALL_COMPLETION,
    load: async () => (await import('./commands/completion.ts')).runCompletion,
  },
  {
    name: 'service',
    summary: 'Install the proxy as a service that is restarted when it ends; start, stop, remove it.',
    usage: 'ACTION [flags] [-- PROXY_FLAGS INSTANCE_URI...]',
    words: SERVICE_ACTIONS,
    flags: SERVICE_FLAGS,
    notes: `ACTION is one of ${SERVICE_ACTIONS.join(', ')}.\n`,
    load: async () => (await import('./commands/service.ts')).runService,
  },
  {
    name: 'setup',
    summary: 'Make the service account that the proxy runs as, with its roles and its key; rotate the key.',
    usage: `${SETUP_ACTIONS.join('|')} [flags]`,
    words: SETUP_ACTIONS,
    flags: SETUP_FLAGS,
    notes: SETUP_NOTES,
    load: async () => (await import('./commands/setup.ts')).runSetup,
  },
  {
    name: 'update',
    summary: 'Tell whether there is a newer version; update the standalone executable, or take that back.',
    usage: `${UPDATE_ACTIONS.join('|')} [flags]`,
    words: UPDATE_ACTIONS,
    flags: UPDATE_FLAGS,
    notes: UPDATE_NOTES,
    load: async () => (await import('./commands/update.ts')).runUpdate,
  },
  {
    name: 'version',
    summary: 'Print the version.',
    usage: '',
    flags: HELP_ONLY,
    load: async () => (await import('./commands/version.ts')).runVersion,
  },
];

export const COMMANDS: readonly Command[] = [
  ...COMMANDS_BUT_HELP,
  {
    name: 'help',
    summary: 'Print the help of the program, or that of a command.',
    usage: '[COMMAND]',
    words: COMMANDS_BUT_HELP.map(({ name }) => name),
    flags: HELP_ONLY,
    load: async () => (await import('./commands/help.ts')).runHelp,
  },
];
