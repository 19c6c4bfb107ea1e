// supervisor: a manager of processes for one machine, common where there is no systemd, and in containers.

import { posix } from 'node:path';
import { UsageError } from '../cli/usage-error.ts';
import { configPath } from './config-path.ts';
import type { Manager } from './manager.ts';
import { type Command, type InstallPlan, must, type UnitPlace } from './plan.ts';
import { type Service, type ServiceId, stopSeconds } from './service.ts';
import { shellWord } from './shell-word.ts';

export const supervisor: Manager = {
  hasUserScope: false,
  hasUnprivilegedUser: false,
  canBePartOf: false,
  canListen: false,

  unitPlace({ name }): UnitPlace {
    return { folder: '/etc/supervisor/conf.d', isOurs: (file) => file === `${name}.conf` };
  },

  install(service): InstallPlan {
    const path = unitPath(service);
    const config = { path: configPath(service), mode: 0o600, text: service.configText, owner: service.user };
    return {
      files: [config, { path, mode: 0o644, text: programSection(service) }],
      links: [],
      retire: () => [],
      commands: (changed) => {
        const { name } = service;
        const isRestarted = changed.has(config.path) && !changed.has(path);
        // What supervisor starts or restarts by itself is what stands otherwise in its own file.
        return [supervisorctl('update', name), ...(isRestarted ? [supervisorctl('restart', name)] : [])];
      },
      notices: service.user === undefined ? ['it runs as the user of supervisord; name another with --user'] : [],
    };
  },

  uninstall(id) {
    return {
      before: [],
      files: [configPath(id)],
      // Stops what no file names any more.
      after: [supervisorctl('update', id.name)],
    };
  },

  control: (action, { name }) => [supervisorctl(action, name)],
};

function unitPath(id: ServiceId): string {
  return posix.join('/etc/supervisor/conf.d', `${id.name}.conf`);
}

function supervisorctl(...words: readonly string[]): Command {
  return must('supervisorctl', ...words);
}

function programSection(service: Service): string {
  const { name, program, user } = service;
  const lines = [
    `[program:${name}]`,
    `command=${commandLine([...program, '--config-file', configPath(service)])}`,
    'autostart=true',
    'autorestart=true',
    'startsecs=1',
    // A second longer between two attempts each time, without giving up.
    'startretries=1000000',
    'stopsignal=TERM',
    `stopwaitsecs=${stopSeconds(service)}`,
    'killasgroup=true',
    'redirect_stderr=true',
    `stdout_logfile=/var/log/supervisor/${name}.log`,
    'stdout_logfile_maxbytes=50MB',
    'stdout_logfile_backups=10',
    ...(user === undefined ? [] : [`user=${user}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** `%` begins an expansion, and a semicolon behind a space a comment, in quotes too. */
function commandLine(words: readonly string[]): string {
  const line = words.map(shellWord).join(' ');
  if (!/\s;/.test(line)) return line.replaceAll('%', '%%');
  throw new UsageError('supervisor cannot run a command with a space and a semicolon in a path', {
    hint: 'install the program where the path has none',
  });
}
