// upstart: the manager of Ubuntu before 15.04 and of RHEL 6.

import { posix } from 'node:path';
import { configPath } from './config-path.ts';
import type { Manager } from './manager.ts';
import { attempt, type InstallPlan, must, type UnitPlace } from './plan.ts';
import { type Service, stopSeconds } from './service.ts';
import { shellWord } from './shell-word.ts';

const FOLDER = '/etc/init';

export const upstart: Manager = {
  hasUserScope: false,
  hasUnprivilegedUser: false,
  canBePartOf: true,
  canListen: false,

  unitPlace({ name }): UnitPlace {
    return { folder: FOLDER, isOurs: (file) => file === `${name}.conf` };
  },

  install(service): InstallPlan {
    const { name } = service;
    return {
      files: [
        { path: configPath(service), mode: 0o600, text: service.configText, owner: service.user },
        { path: posix.join(FOLDER, `${name}.conf`), mode: 0o644, text: jobText(service) },
      ],
      links: [],
      retire: () => [],
      // Only a job that is stopped and started takes a new file in.
      commands: (changed) => [
        must('initctl', 'reload-configuration'),
        ...(changed.size > 0
          ? [attempt('initctl', 'stop', name), must('initctl', 'start', name)]
          : [attempt('initctl', 'start', name)]),
      ],
      notices: service.user === undefined ? ['it runs as root; name another user with --user'] : [],
    };
  },

  uninstall(id) {
    return {
      before: [attempt('initctl', 'stop', id.name)],
      files: [configPath(id)],
      after: [must('initctl', 'reload-configuration')],
    };
  },

  control: (action, { name }) => [must('initctl', action, name)],
};

/** See init(5). A job that is part of another begins before it and ends after it. */
function jobText(service: Service): string {
  const { name, partOf, program, user } = service;
  const application = partOf?.replace(/\.service$/, '');
  const lines = [
    `description "AlloyDB Auth Proxy (${name})"`,
    '',
    application === undefined ? 'start on runlevel [2345]' : `start on starting ${application}`,
    application === undefined ? 'stop on runlevel [!2345]' : `stop on stopped ${application}`,
    '',
    'respawn',
    'respawn limit unlimited',
    // Otherwise a proxy that cannot start is started again at once.
    'post-stop exec sleep 1',
    `kill timeout ${stopSeconds(service)}`,
    'limit nofile 65536 65536',
    'console log',
    ...(user === undefined ? [] : [`setuid ${user}`]),
    '',
    `exec ${[...program, '--config-file', configPath(service)].map(shellWord).join(' ')}`,
  ];
  return `${lines.join('\n')}\n`;
}
