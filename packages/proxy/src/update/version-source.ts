// What is asked for the newest version there is, whatever protocol it speaks.

import type { Version } from './version-order.ts';

export interface NewestVersion {
  readonly version: Version;
  /** Undefined where nobody says. */
  readonly releasedAt: Date | undefined;
  /** Page that tells what has changed. */
  readonly changes: string | undefined;
  /** What identifies the image of that version, `sha256:…`. */
  readonly digest?: string;
}

export interface VersionSource {
  /** @throws {CommandError} when there is no telling. */
  readonly newest: () => Promise<NewestVersion>;
}

/** The text as the address of a page that a reader can be sent to; undefined when it is none. */
export function readPageUrl(value: unknown): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : undefined;
}

export function readDate(value: unknown): Date | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
