// Whether a newer version is there, and how that is told.

import { PROGRAM } from '../cli/program-name.ts';
import type { ChosenSource } from './choose-source.ts';
import { compareVersions, parseVersion } from './version-order.ts';
import type { NewestVersion } from './version-source.ts';

export interface Verdict {
  readonly status: 'up-to-date' | 'out-of-date';
  readonly source: ChosenSource['kind'];
  readonly current: string;
  readonly newest: string;
  /** When the newest one was released, in ISO 8601; undefined where nobody says. */
  readonly releasedAt: string | undefined;
  /** How long ago that is. */
  readonly ageDays: number | undefined;
  /** Page that tells what has changed. */
  readonly changes: string | undefined;
  readonly digest: string | undefined;
  /** What to run for the newest one. */
  readonly update: string;
}

/** @throws {CommandError} when there is no telling. */
export async function findVerdict(chosen: ChosenSource, nowMs: number): Promise<Verdict> {
  const { kind, source, current, updateWith } = chosen;
  const newest = await source.newest();
  const { version, releasedAt, changes, digest } = newest;
  return {
    status: isNewer(newest, current) ? 'out-of-date' : 'up-to-date',
    source: kind,
    current,
    newest: version.text,
    releasedAt: releasedAt?.toISOString(),
    ageDays:
      releasedAt === undefined ? undefined : Math.max(0, Math.floor((nowMs - releasedAt.getTime()) / 86_400_000)),
    changes,
    digest,
    update: updateWith(newest),
  };
}

/** Several lines for a reader. */
export function verdictText(verdict: Verdict): string {
  const { status, current, newest, changes, digest, update } = verdict;
  return [
    `${PROGRAM} ${current} is ${status === 'up-to-date' ? 'up to date' : 'out of date'}\n`,
    ...line('newest ', `${newest}${released(verdict)}`),
    ...line('changes', changes),
    ...line('digest ', digest),
    ...(status === 'up-to-date' ? [] : line('update ', update)),
  ].join('');
}

function line(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`  ${name}  ${value}\n`];
}

/** `, released 12 days ago (2026-11-12)`. */
function released({ ageDays, releasedAt }: Verdict): string {
  if (ageDays === undefined || releasedAt === undefined) return '';
  return `, released ${inDays(ageDays)} (${releasedAt.slice(0, 10)})`;
}

function inDays(days: number): string {
  return days === 0 ? 'today' : `${days} day${days === 1 ? '' : 's'} ago`;
}

function isNewer({ version }: NewestVersion, current: string): boolean {
  const own = parseVersion(current);
  return own !== undefined && compareVersions(version, own) > 0;
}
