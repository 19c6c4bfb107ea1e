// The .service unit of systemd.

import { configPath } from './config-path.ts';
import { handOver } from './handed-over.ts';
import { type Service, stopSeconds } from './service.ts';
import { hardening } from './systemd-hardening.ts';
import { commandWord } from './systemd-words.ts';

export interface ServiceUnitOptions {
  /** Names of the .socket units that listen for it. */
  readonly sockets: readonly string[];
}

export function serviceUnit(service: Service, { sockets }: ServiceUnitOptions): string {
  return service.scope.of === 'system' ? systemUnit(service, sockets) : userUnit(service, sockets);
}

function systemUnit(service: Service, sockets: readonly string[]): string {
  const handed = handOver(service, configPath(service));
  return sections({
    Unit: [
      ...unitSection(service, sockets),
      // A name of the Admin API cannot be looked up before.
      'Wants=network-online.target',
      'After=network-online.target',
    ],
    Service: [
      ...handed.lines,
      ...running(service, handed.flags, sockets),
      ...(service.user === undefined ? ['DynamicUser=yes'] : [`User=${service.user}`]),
      ...hardening(service),
    ],
    Install: [`WantedBy=${service.partOf ?? 'multi-user.target'}`],
  });
}

/** Of a user for this user: it may read the files, and it can do no more harm than its owner. */
function userUnit(service: Service, sockets: readonly string[]): string {
  const flags = [`--config-file ${commandWord(configPath(service))}`];
  return sections({
    Unit: unitSection(service, sockets),
    Service: [
      ...running(service, flags, sockets),
      'LockPersonality=yes',
      'NoNewPrivileges=yes',
      'RestrictRealtime=yes',
      'SystemCallArchitectures=native',
    ],
    Install: [`WantedBy=${service.partOf ?? 'default.target'}`],
  });
}

/** `Before`: the proxy is there before the application starts, and until it has ended. */
function unitSection({ name, partOf }: Service, sockets: readonly string[]): readonly string[] {
  return [
    `Description=AlloyDB Auth Proxy (${name})`,
    // However often it fails: the database may be out of reach for a night.
    'StartLimitIntervalSec=0',
    ...(partOf === undefined ? [] : [`PartOf=${partOf}`, `Before=${partOf}`]),
    ...sockets.flatMap((socket) => [`Requires=${socket}`, `After=${socket}`]),
  ];
}

/** `NotifyAccess=all`: on Node the program has systemd-notify send its messages. */
function running(service: Service, flags: readonly string[], sockets: readonly string[]): readonly string[] {
  return [
    'Type=notify',
    'NotifyAccess=all',
    `ExecStart=${[...service.program.map(commandWord), ...flags].join(' ')}`,
    // The shell's own: minimal systems have no program of that name.
    'ExecReload=/bin/sh -c "kill -HUP $MAINPID"',
    ...(sockets.length === 0 ? [] : [`Sockets=${sockets.join(' ')}`]),
    'Restart=always',
    'RestartSec=1',
    ...startLimit(service),
    'WatchdogSec=30',
    `TimeoutStopSec=${stopSeconds(service)}`,
    'KillMode=mixed',
    // What SIGTERM ends it with.
    'SuccessExitStatus=143',
    'LimitNOFILE=65536',
    // A core would hold keys and tokens; the watchdog's signal asks for one.
    'LimitCORE=0',
  ];
}

/** Dialling every instance may take longer than systemd waits for a start. */
function startLimit({ config }: Service): readonly string[] {
  const usual = 90;
  return config.runConnectionTest ? [`TimeoutStartSec=${usual + Math.ceil(config.dialTimeoutMs / 1_000)}`] : [];
}

function sections(content: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(content)
    .map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`)
    .join('\n');
}
