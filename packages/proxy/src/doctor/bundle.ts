// The report to attach to an issue: what the doctor found and on what machine, with nothing secret in it.

import { existsSync, writeFileSync } from 'node:fs';
import { arch, platform, release } from 'node:os';
import { CommandError } from '../cli/command-error.ts';
import { shownInstance, shownSettings } from '../cli/shown-configuration.ts';
import { ownInstallation } from '../update/installation.ts';
import type { Redact } from './redact.ts';
import { type Report, shown } from './report.ts';
import type { Examined } from './subject.ts';

export interface BundleParts {
  readonly report: Report;
  readonly examined: Examined;
  readonly env: NodeJS.ProcessEnv;
  readonly redact: Redact;
  readonly now: Date;
}

/** What decides something here; the names of others are nobody's business. */
const relevant =
  /^(?:ALLOYDB_|GOOGLE_|CLOUDSDK_|GCE_|PG|NODE_|SSL_CERT_|LISTEN_|NOTIFY_SOCKET$|(?:ALL|HTTPS?|NO)_PROXY$)/i;

/** @throws {CommandError} Asked before anything else is done; somebody may be attached to that file. */
export function refuseExisting(path: string): void {
  if (existsSync(path)) throw exists(path);
}

/** Only its owner can read it, and nothing is overwritten. @throws {CommandError} when it cannot be written. */
export function writeBundle(path: string, parts: BundleParts): void {
  try {
    writeFileSync(path, `${bundleText(parts)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw exists(path);
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`cannot write the report: ${reason}`, { hint: 'choose a file in a folder that is there' });
  }
}

export function bundleText({ report, examined, env, redact, now }: BundleParts): string {
  const { version, ok, checks } = report;
  const runtime =
    process.versions['bun'] === undefined ? `node ${process.versions.node}` : `bun ${process.versions['bun']}`;
  return JSON.stringify(
    {
      writtenAt: now.toISOString(),
      version,
      runtime,
      platform: `${platform()} ${release()} ${arch()}`,
      installation: ownInstallation(env).by,
      environmentVariables: Object.keys(env)
        .filter((name) => relevant.test(name))
        .toSorted(),
      configuration: configurationOf(examined),
      ok,
      checks: checks.map(shown),
    },
    // Before quotes and line ends in a secret are escaped: it would not be found any more.
    (_key, value: unknown) => (typeof value === 'string' ? redact(value) : value),
    2,
  );
}

function configurationOf(examined: Examined) {
  if (examined.is === 'refused') return null;
  const { configuration, config } = examined.subject;
  const { 'token-command': command, ...settings } = shownSettings(configuration.merged);
  // A command may hold a secret of its own.
  const hidden = command?.value === null ? command : { ...command, value: '[redacted]' };
  return { settings: { ...settings, 'token-command': hidden }, instances: config.instances.map(shownInstance) };
}

function exists(path: string): CommandError {
  return new CommandError(`cannot write the report: ${path} is there already`, {
    hint: 'name another file behind --bundle',
  });
}
