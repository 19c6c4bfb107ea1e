// The status of a proxy as a terminal shows it.

import type { InstanceStatus, OutcomeStatus, SessionStatus, StatusReport } from '../http/status-report.ts';
import { onOneLine } from '../observability/text-logger.ts';

/** One line a session is all that fits; who wants every one of them asks for JSON. */
const mostSessions = 40;

export function statusText(report: StatusReport): string {
  const { version, newerVersion, state, pid, startedAt, now, instances, sessions, omittedSessions } = report;
  const news = newerVersion === undefined ? '' : `; version ${newerVersion} is out`;
  const hidden = Math.max(0, sessions.length - mostSessions) + omittedSessions;
  return [
    `alloydb-auth-proxy ${version} (pid ${pid}): ${state}, up for ${age(now - startedAt)}${news}`,
    ...instances.flatMap((instance) => instanceLines(instance, now)),
    ...(sessions.length === 0 ? ['', 'no sessions'] : ['', ...table(sessions.slice(0, mostSessions), now)]),
    ...(hidden === 0 ? [] : [`and ${hidden} more`]),
  ]
    .map(onOneLine)
    .join('\n');
}

function instanceLines(instance: InstanceStatus, now: number): readonly string[] {
  const { listening, certificate, sessions, lastDial, lastRefresh, lastErrors, isRefreshing } = instance;
  const place =
    listening === undefined
      ? 'not listening'
      : `listening on ${listening.kind === 'unix' ? listening.folder : `${listening.host}:${listening.port}`}`;
  const life =
    certificate === undefined
      ? 'no certificate'
      : certificate.expiresAt > now
        ? `certificate for ${age(certificate.expiresAt - now)} more`
        : `certificate expired ${age(now - certificate.expiresAt)} ago`;
  const { connected, dialling, waiting } = sessions;
  return [
    '',
    `${instance.instance}: ${place}`,
    `  ${life}${isRefreshing ? ', refreshing' : ''}; last refresh ${outcome(lastRefresh, now)}; last dial ${outcome(lastDial, now)}`,
    `  sessions: ${connected} connected, ${dialling} dialling, ${waiting} waiting; ${size(instance.bytesFromClients)} from clients, ${size(instance.bytesToClients)} to them`,
    ...lastErrors.flatMap(({ at, message, hint, count }) => [
      `  error ${age(now - at)} ago${count === 1 ? '' : `, ${count} times`}: ${message}`,
      ...(hint === undefined ? [] : [`    hint: ${hint}`]),
    ]),
  ];
}

function outcome(found: OutcomeStatus | undefined, now: number): string {
  if (found === undefined) return 'none';
  return `${found.succeeded ? 'succeeded' : 'failed'} ${age(now - found.at)} ago in ${found.durationMs} ms`;
}

function table(sessions: readonly SessionStatus[], now: number): readonly string[] {
  const rows = sessions.map(({ id, instance, client, state, since, bytesFromClient, bytesToClient }) => [
    String(id),
    instance,
    client ?? 'unix socket',
    state,
    age(now - since),
    size(bytesFromClient),
    size(bytesToClient),
  ]);
  const all = [['ID', 'INSTANCE', 'CLIENT', 'STATE', 'AGE', 'FROM', 'TO'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** The largest two units: `3 d 4 h`, `12 s`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** `512 B`, `1.5 MB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1_000 ** power).toFixed(1)} ${units[power]}`;
}
