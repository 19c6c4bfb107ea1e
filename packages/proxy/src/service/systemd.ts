// systemd: the manager of nearly every Linux.

import { posix } from 'node:path';
import { UsageError } from '../cli/usage-error.ts';
import { configPath } from './config-path.ts';
import type { ControlAction, Manager } from './manager.ts';
import { type Command, type InstallPlan, must, type PlannedLink, type UnitPlace } from './plan.ts';
import type { Service, ServiceId } from './service.ts';
import { serviceUnit } from './systemd-service-unit.ts';
import { socketUnits } from './systemd-socket-units.ts';

export const systemd: Manager = {
  hasUserScope: true,
  hasUnprivilegedUser: true,
  canBePartOf: true,
  canListen: true,

  unitPlace({ name, scope }): UnitPlace {
    const folder = scope.of === 'user' ? posix.join(scope.configHome, 'systemd/user') : '/etc/systemd/system';
    // Names have no dot, so that nothing of another service begins like this.
    return { folder, isOurs: (file) => file.startsWith(`${name}.`) && /\.(?:service|socket)$/.test(file) };
  },

  install(service): InstallPlan {
    refuseUnreadable(service);
    const { folder } = systemd.unitPlace(service);
    const sockets = service.socketActivation ? socketUnits(service) : [];
    const socketNames = sockets.map(({ fileName }) => fileName);
    const unit = `${service.name}.service`;
    const unitFiles = [
      { path: posix.join(folder, unit), mode: 0o644, text: serviceUnit(service, { sockets: socketNames }) },
      ...sockets.map(({ fileName, text }) => ({ path: posix.join(folder, fileName), mode: 0o644, text })),
    ];
    const wantedBy = (usual: string): string => service.partOf ?? usual;
    return {
      files: [{ path: configPath(service), mode: 0o600, text: service.configText }, ...unitFiles],
      links: [
        wantedLink(folder, wantedBy('multi-user.target'), unit),
        ...socketNames.map((socket) => wantedLink(folder, wantedBy('sockets.target'), socket)),
      ],
      retire: (names) => (names.length === 0 ? [] : [systemctl(service, 'disable', '--now', ...names)]),
      commands: (changed) => installCommands(service, { folder, unit, socketNames, changed }),
      notices:
        service.scope.of === 'user'
          ? ['it runs while you are logged in; to let it run without: loginctl enable-linger']
          : [],
    };
  },

  uninstall(id, installed) {
    return {
      before: installed.length === 0 ? [] : [systemctl(id, 'disable', '--now', ...installed)],
      files: [configPath(id)],
      after: [systemctl(id, 'daemon-reload')],
    };
  },

  control(action, id, installed) {
    const unit = `${id.name}.service`;
    const sockets = installed.filter((name) => name.endsWith('.socket'));
    return [systemctl(id, ...CONTROL[action](unit, sockets))];
  },
};

/** A socket that still listened would start the service again; one that goes on while it restarts refuses nobody. */
const CONTROL: { readonly [Action in ControlAction]: (unit: string, sockets: readonly string[]) => readonly string[] } =
  {
    start: (unit, sockets) => ['start', ...sockets, unit],
    stop: (unit, sockets) => ['stop', ...sockets, unit],
    restart: (unit) => ['restart', unit],
    status: (unit, sockets) => ['status', '--no-pager', unit, ...sockets],
  };

interface Installed {
  readonly folder: string;
  readonly unit: string;
  readonly socketNames: readonly string[];
  readonly changed: ReadonlySet<string>;
}

function installCommands(service: Service, { folder, unit, socketNames, changed }: Installed): readonly Command[] {
  const isChanged = (file: string): boolean => changed.has(posix.join(folder, file));
  const commands: Command[] = [];
  if ([unit, ...socketNames].some(isChanged)) commands.push(systemctl(service, 'daemon-reload'));
  // Enabled anew, because what wants it may be another than before.
  commands.push(systemctl(service, changed.size > 0 ? 'reenable' : 'enable', unit, ...socketNames));
  // A socket cannot be opened anew while the service holds it.
  if (socketNames.some(isChanged)) commands.push(systemctl(service, 'stop', ...socketNames, unit));
  if (socketNames.length > 0) commands.push(systemctl(service, 'start', ...socketNames));
  commands.push(systemctl(service, changed.size > 0 ? 'restart' : 'start', unit));
  return commands;
}

function systemctl({ scope }: ServiceId, ...words: readonly string[]): Command {
  return must('systemctl', ...(scope.of === 'user' ? ['--user'] : []), ...words);
}

function wantedLink(folder: string, target: string, unit: string): PlannedLink {
  return { path: posix.join(folder, `${target}.wants`, unit), target: posix.join(folder, unit) };
}

/** What the user that systemd makes up at each start could never use. */
function refuseUnreadable({ config, scope, user, socketActivation }: Service): void {
  if (scope.of === 'user' || user !== undefined) return;
  const hint = 'name the user that it is to run as: --user U';
  if (config.credentials.source.kind === 'token-file') {
    const message = `cannot read ${config.credentials.source.path} as the user that systemd makes up for the service`;
    throw new UsageError(message, { hint });
  }
  if (config.credentials.source.kind === 'gcloud') {
    throw new UsageError('the user that systemd makes up for the service is not logged in with gcloud', {
      hint: 'give a key: --credentials-file KEY.json',
    });
  }
  const unix = config.instances.find(({ listen }) => listen.kind === 'unix')?.listen;
  if (unix?.kind === 'unix' && !socketActivation) {
    throw new UsageError(`cannot make ${unix.path} as the user that systemd makes up for the service`, {
      hint: `${hint}, or let systemd listen: --socket-activation`,
    });
  }
}
