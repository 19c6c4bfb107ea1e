// Turns merged settings into the configuration that the program runs with, or says why it cannot.

import type { Settings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import { UsageError } from '../cli/usage-error.ts';
import { chooseAllowFrom } from './allow-from.ts';
import type { LogConfig, ProxyConfig } from './config.ts';
import { findConflict } from './conflicts.ts';
import { chooseCredentials } from './credentials-choice.ts';
import { chooseEvents } from './events-choice.ts';
import { chooseEndpoints } from './endpoints-choice.ts';
import { chooseFuse, refuseForFuse, refuseInsideFuse } from './fuse-choice.ts';
import { parseInstanceArgument } from './instance-args.ts';
import { chooseIpType } from './ip-choice.ts';
import { listenPlanner } from './listen-plan.ts';
import { chooseLocalTls } from './local-tls-choice.ts';
import { chooseShutdown } from './shutdown-choice.ts';
import { NoInstance } from './no-instance.ts';
import { writtenAs, type MergedLayers, type Setting } from './sources.ts';
import { refuseForeignSettings } from './platform.ts';
import { keepAliveDelay, timerDelay } from './timer-delay.ts';
import { chooseWorkers, refuseForWorkers } from './workers-choice.ts';
import { choosePermissions } from './unix-permissions.ts';

const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** @throws {UsageError} for the first thing that is missing, contradictory or impossible. */
export function validateConfig(
  { settings, instances }: MergedLayers,
  { mayLackInstances = false }: { readonly mayLackInstances?: boolean } = {},
): ProxyConfig {
  refuseConflicts(settings);
  refuseForeignSettings(settings);
  if (instances.length === 0 && settings.fuse.value === undefined && !mayLackInstances) {
    throw new NoInstance();
  }
  const given = instances.map(parseInstanceArgument);
  // First of all: once it is mounted, as when the configuration is read again, nothing else may look into that folder.
  refuseInsideFuse(settings, given);
  const permissions = choosePermissions({
    mode: settings['unix-socket-mode'].value,
    group: settings['unix-socket-group'].value,
  });
  const placeFor = listenPlanner({
    address: settings.address.value,
    port: settings.port.value,
    unixSocket: settings['unix-socket'].value,
    permissions,
  });
  const ipChoices = {
    'public-ip': settings['public-ip'].value,
    psc: settings.psc.value,
    'auto-ip': settings['auto-ip'].value,
  };
  const config: ProxyConfig = {
    workers: chooseWorkers(settings.workers),
    instances: given.map((instance) => ({
      target: instance.target,
      listen: placeFor(instance),
      autoIamAuthn: instance.choices['auto-iam-authn'] ?? settings['auto-iam-authn'].value,
      ipType: chooseIpType(ipChoices, instance.choices),
      dialAddress: instance.choices['dial-address'],
      maxConnections: instance.choices['max-connections'] ?? 0,
      warmConnections: instance.choices['warm-connections'] ?? settings['warm-connections'].value,
    })),
    fuse: chooseFuse(settings, {
      permissions,
      instance: {
        autoIamAuthn: settings['auto-iam-authn'].value,
        ipType: chooseIpType(ipChoices, {}),
        dialAddress: undefined,
        maxConnections: 0,
        // Kept ready, they would be dialled for whoever lists the folder.
        warmConnections: 0,
      },
    }),
    dns: { server: settings['dns-server'].value, refreshMs: chooseDnsRefresh(settings) },
    credentials: chooseCredentials(settings),
    adminApiEndpoint: settings['alloydbadmin-api-endpoint'].value,
    userAgent: settings['user-agent'].value,
    lazyRefresh: settings['lazy-refresh'].value,
    staticConnectionInfo: settings['static-connection-info'].value,
    httpConnect: settings['http-connect'].value,
    allowRemoteEmulator: settings['allow-remote-emulator'].value,
    dialTimeoutMs: chooseDialTimeout(settings),
    keepAliveMs: keepAliveDelay(settings.keepalive.value),
    portConflict: settings['port-conflict'].value === 'next' ? 'next' : 'fail',
    clientIdleTimeoutMs: timerDelay(settings['client-idle-timeout'].value),
    maxConnectionLifetimeMs: timerDelay(settings['max-connection-lifetime'].value),
    maxConnections: settings['max-connections'].value,
    maxConnectionsWaitMs: settings['max-connections-wait'].value,
    allowFrom: chooseAllowFrom(settings['allow-from'].value),
    localTls: chooseLocalTls(settings),
    runConnectionTest: settings['run-connection-test'].value,
    ...chooseEndpoints(settings),
    shutdown: chooseShutdown(settings),
    log: chooseLog(settings),
    events: chooseEvents(settings),
    updateCheck: settings['update-check'].value === 'daily' ? { feed: settings['update-feed'].value } : undefined,
  };
  refuseForWorkers(config);
  refuseForFuse(config);
  return config;
}

/** @throws {UsageError} for settings that cannot stand together, wherever each comes from. */
export function refuseConflicts(settings: Settings<ProxyFlags>): void {
  const byName: Readonly<Record<string, Setting<unknown>>> = settings;
  const conflict = findConflict((name) => {
    const setting = byName[name];
    return setting !== undefined && setting.source.from !== 'default' && setting.value !== false;
  });
  if (conflict === undefined) return;
  const [one, other] = [conflict.one.name, conflict.other.name].map((name) => {
    return writtenAs(name, byName[name]?.source ?? { from: 'default' });
  });
  throw new UsageError(`${one} and ${other} cannot be used together`, { hint: `remove ${one} or ${other}` });
}

function chooseDialTimeout({ 'dial-timeout': { value, source } }: Settings<ProxyFlags>): number {
  if (value > 0) return timerDelay(value);
  throw new UsageError(`invalid value "0" for ${writtenAs('dial-timeout', source)}: expected more than nothing`, {
    hint: 'without it a dial may take 30s; write a longer time for slow networks',
  });
}

function chooseDnsRefresh({ 'dns-refresh': { value, source } }: Settings<ProxyFlags>): number {
  if (value > 0) return timerDelay(value);
  throw new UsageError(`invalid value "0" for ${writtenAs('dns-refresh', source)}: expected more than nothing`, {
    hint: 'without it names are read every 30s',
  });
}

function chooseLog(settings: Settings<ProxyFlags>): LogConfig {
  const format = settings['structured-logs'].value ? 'json' : 'text';
  const file = settings['log-file'].value;
  if (settings.quiet.value) return { format, level: 'error', file };
  if (settings['debug-logs'].value) return { format, level: 'debug', file };
  return { format, level: logLevels.find((each) => each === settings['log-level'].value) ?? 'info', file };
}
