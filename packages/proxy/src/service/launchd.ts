// launchd: the manager of macOS.

import { posix } from 'node:path';
import { configPath } from './config-path.ts';
import type { ControlAction, Manager } from './manager.ts';
import { attempt, type InstallPlan, must, type UnitPlace } from './plan.ts';
import { type Service, type ServiceId, stopSeconds } from './service.ts';
import { xmlText } from './xml.ts';

export const launchd: Manager = {
  hasUserScope: true,
  hasUnprivilegedUser: false,
  canBePartOf: false,
  canListen: false,

  unitPlace({ name, scope }): UnitPlace {
    const folder = scope.of === 'user' ? posix.join(scope.home, 'Library/LaunchAgents') : '/Library/LaunchDaemons';
    return { folder, isOurs: (file) => file === `${name}.plist` };
  },

  install(service): InstallPlan {
    const path = plistPath(service);
    return {
      files: [
        { path: configPath(service), mode: 0o600, text: service.configText, owner: service.user },
        { path, mode: 0o644, text: plist(service) },
      ],
      links: [],
      retire: () => [],
      commands: (changed) => (changed.size === 0 ? [] : [attempt(...leave(service)), must(...join(service))]),
      notices:
        service.scope.of === 'system' && service.user === undefined
          ? ['it runs as root; name another user with --user']
          : [],
    };
  },

  uninstall(id) {
    return { before: [attempt(...leave(id))], files: [configPath(id)], after: [] };
  },

  control: (action, id) => [must(...CONTROL[action](id))],
};

/** A service that is only killed is started again: it has to leave launchd, and to join it again. */
const CONTROL: { readonly [Action in ControlAction]: (id: ServiceId) => readonly string[] } = {
  start: join,
  stop: leave,
  restart: (id) => ['launchctl', 'kickstart', '-k', target(id)],
  status: (id) => ['launchctl', 'print', target(id)],
};

function join(id: ServiceId): readonly string[] {
  return ['launchctl', 'bootstrap', domain(id), plistPath(id)];
}

function leave(id: ServiceId): readonly string[] {
  return ['launchctl', 'bootout', target(id)];
}

function domain({ scope }: ServiceId): string {
  return scope.of === 'user' ? `gui/${scope.userId}` : 'system';
}

function target(id: ServiceId): string {
  return `${domain(id)}/${id.name}`;
}

function plistPath(id: ServiceId): string {
  return posix.join(launchd.unitPlace(id).folder, `${id.name}.plist`);
}

function plist(service: Service): string {
  const { name, program, scope, user } = service;
  const logs = scope.of === 'user' ? posix.join(scope.home, 'Library/Logs') : '/Library/Logs';
  const log = posix.join(logs, `${name}.log`);
  const openFiles = { NumberOfFiles: 65_536 };
  const entries = {
    Label: name,
    ProgramArguments: [...program, '--config-file', configPath(service)],
    ...(user === undefined ? {} : { UserName: user }),
    RunAtLoad: true,
    KeepAlive: true,
    ThrottleInterval: 1,
    ExitTimeOut: stopSeconds(service),
    SoftResourceLimits: openFiles,
    HardResourceLimits: openFiles,
    StandardOutPath: log,
    StandardErrorPath: log,
  };
  return `\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${element(entries, '')}
</plist>
`;
}

type PlistValue = string | number | boolean | readonly string[] | { readonly [key: string]: PlistValue };

function element(value: PlistValue, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === 'string') return `${indent}<string>${xmlText(value)}</string>`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>`;
  if (typeof value === 'boolean') return `${indent}<${value}/>`;
  if (Array.isArray(value)) {
    return [`${indent}<array>`, ...value.map((item) => element(item, inner)), `${indent}</array>`].join('\n');
  }
  const entries = Object.entries(value).flatMap(([key, item]) => [`${inner}<key>${key}</key>`, element(item, inner)]);
  return [`${indent}<dict>`, ...entries, `${indent}</dict>`].join('\n');
}
