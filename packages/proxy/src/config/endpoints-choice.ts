// What the settings ask for to look inside. Without a flag that needs one, no port is opened and nothing is sent.

import type { Settings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { AdminConfig, ProxyConfig, TelemetryConfig } from './config.ts';
import { writtenAs } from './sources.ts';

/** @throws {UsageError} for a namespace that Prometheus would not take. */
export function chooseEndpoints(
  settings: Settings<ProxyFlags>,
): Pick<ProxyConfig, 'http' | 'health' | 'prometheus' | 'telemetry' | 'admin'> {
  const health = settings['health-check'].value
    ? { withBackendCheck: settings['with-backend-check'].value }
    : undefined;
  const prometheus = settings.prometheus.value ? { namespace: chooseNamespace(settings) } : undefined;
  const http =
    health === undefined && prometheus === undefined
      ? undefined
      : { host: settings['http-address'].value, port: settings['http-port'].value };
  return { http, health, prometheus, telemetry: chooseTelemetry(settings), admin: chooseAdmin(settings) };
}

function chooseTelemetry(settings: Settings<ProxyFlags>): TelemetryConfig | undefined {
  const project = settings['telemetry-project'].value;
  if (project === undefined) return undefined;
  return {
    project,
    prefix: settings['telemetry-prefix'].value ?? '',
    sampleRate: settings['telemetry-sample-rate'].value,
    metrics: !settings['disable-metrics'].value,
    traces: !settings['disable-traces'].value,
  };
}

function chooseAdmin(settings: Settings<ProxyFlags>): AdminConfig | undefined {
  const [quitquitquit, debug, statusPage] = [
    settings.quitquitquit.value,
    settings.debug.value,
    settings['status-page'].value,
  ];
  if (!quitquitquit && !debug && !statusPage) return undefined;
  const heapSnapshotFolder = debug ? settings['heap-snapshot-dir'].value : undefined;
  return { port: settings['admin-port'].value, quitquitquit, statusPage, debug, heapSnapshotFolder };
}

function chooseNamespace({ 'prometheus-namespace': { value = '', source } }: Settings<ProxyFlags>): string {
  // What Prometheus' data model allows at the beginning of a name, without the colons that are for recording rules.
  if (value === '' || /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(value)) return value;
  throw new UsageError(
    `invalid value "${value}" for ${writtenAs('prometheus-namespace', source)}: not the beginning of a metric's name`,
    { hint: 'use letters, digits and underscores, such as payments_db' },
  );
}
