// Windows: the executable is a service by itself, made known by sc.exe; what runs on Node is wrapped by WinSW.

import { win32 } from 'node:path';
import { windowsConfigPath, windowsFolder } from './config-path.ts';
import type { ControlAction, Manager } from './manager.ts';
import { attempt, type Command, type InstallPlan, must, type UnitPlace } from './plan.ts';
import type { Service, ServiceId } from './service.ts';
import { windowsCommandLine } from './windows-words.ts';
import { winswConfig } from './winsw.ts';

const NETWORK_SERVICE = String.raw`NT AUTHORITY\Network Service`;
/** The same by its number, since Windows translates the name. */
const NETWORK_SERVICE_SID = '*S-1-5-20';
const DISPLAY_NAME = 'Google AlloyDB Auth Proxy';

export const windows: Manager = {
  hasUserScope: false,
  hasUnprivilegedUser: true,
  canBePartOf: false,
  canListen: false,

  unitPlace({ name }): UnitPlace {
    return { folder: windowsFolder(), isOurs: (file) => file === `${name}.xml` };
  },

  install(service): InstallPlan {
    const config = { path: windowsConfigPath(service), mode: 0o600, text: service.configText };
    return isExecutable(service) ? asService(service, config) : wrapped(service, config);
  },

  uninstall(id, installed) {
    const winsw = winswProgram(id);
    const before =
      installed.length > 0
        ? [attempt(winsw, 'stop'), must(winsw, 'uninstall')]
        : [attempt('sc.exe', 'stop', id.name), sc('delete', id.name)];
    return { before, files: [windowsConfigPath(id)], after: [] };
  },

  control: (action, { name }) => CONTROL[action](name),
};

const CONTROL: { readonly [Action in ControlAction]: (name: string) => readonly Command[] } = {
  start: (name) => [sc('start', name)],
  stop: (name) => [sc('stop', name)],
  // sc.exe does not wait for the end; this does.
  restart: (name) => [must('powershell.exe', '-NoProfile', '-Command', `Restart-Service -Name ${name}`)],
  status: (name) => [sc('queryex', name)],
};

type ConfigFile = InstallPlan['files'][number];

function asService(service: Service, config: ConfigFile): InstallPlan {
  const { name, program } = service;
  const account = service.user ?? NETWORK_SERVICE;
  const settings = [
    'binPath=',
    windowsCommandLine([...program, '--config-file', config.path]),
    'start=',
    'auto',
    'obj=',
    account,
    'DisplayName=',
    displayName(name),
  ];
  return {
    files: [config],
    links: [],
    retire: () => [],
    commands: (changed) => [
      // One of the two fails: it is there already, or it was not.
      attempt('sc.exe', 'create', name, ...settings),
      sc('config', name, ...settings),
      sc('description', name, 'Authorises and encrypts connections to AlloyDB for PostgreSQL instances.'),
      sc('failure', name, 'reset=', '0', 'actions=', 'restart/0/restart/0/restart/0'),
      // An exit code other than 0 counts as a failure, not only a crash.
      sc('failureflag', name, '1'),
      ...readable(service, config.path, account),
      ...logFolder(service, account),
      ...(changed.size > 0 ? [attempt('sc.exe', 'stop', name)] : []),
      attempt('sc.exe', 'start', name),
    ],
    notices: [],
  };
}

function wrapped(service: Service, config: ConfigFile): InstallPlan {
  const account = service.user ?? NETWORK_SERVICE;
  const path = win32.join(windowsFolder(), `${service.name}.xml`);
  const program = winswProgram(service);
  return {
    files: [
      config,
      { path, mode: 0o644, text: winswConfig(service, { account, displayName: displayName(service.name) }) },
    ],
    links: [],
    retire: () => [],
    commands: () => [
      ...readable(service, config.path, account),
      attempt(program, 'install'),
      must(program, 'refresh'),
      attempt(program, 'restart'),
    ],
    notices: [`put the program of WinSW there first, as ${program}`],
  };
}

/** The account reads the config and the key, and nobody else but the administrators reads the config. */
function readable({ config }: Service, configFile: string, account: string): readonly Command[] {
  const { source } = config.credentials;
  const key = source.kind === 'file' || source.kind === 'token-file' ? [source.path] : [];
  return [
    must(
      'icacls.exe',
      configFile,
      '/inheritance:r',
      '/grant:r',
      '*S-1-5-32-544:F',
      '*S-1-5-18:F',
      `${trustee(account)}:R`,
    ),
    ...key.map((path) => must('icacls.exe', path, '/grant', `${trustee(account)}:R`)),
  ];
}

/** Where a service without --log-file writes its log: the account may, and otherwise would not, make files beside the program. */
function logFolder({ program: [executable = ''] }: Service, account: string): readonly Command[] {
  const folder = win32.join(win32.dirname(executable), 'logs');
  return [
    attempt('cmd.exe', '/c', 'mkdir', folder),
    must('icacls.exe', folder, '/grant', `${trustee(account)}:(OI)(CI)M`),
  ];
}

function trustee(account: string): string {
  return account === NETWORK_SERVICE ? NETWORK_SERVICE_SID : account;
}

/** A program that needs no other one to run it. */
function isExecutable({ program }: Service): boolean {
  return program.length === 1;
}

function displayName(name: string): string {
  return name === 'alloydb-auth-proxy' ? DISPLAY_NAME : `${DISPLAY_NAME} (${name})`;
}

function winswProgram({ name }: ServiceId): string {
  return win32.join(windowsFolder(), `${name}.exe`);
}

function sc(...words: readonly string[]): Command {
  return must('sc.exe', ...words);
}
