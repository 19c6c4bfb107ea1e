// Settings that mean something that this operating system does not have.

import type { FlagRow } from '../cli/flag-row.ts';
import { FLAG_ROWS } from '../cli/flags.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { Setting } from './sources.ts';
import { writtenAs } from './sources.ts';

/** @throws {UsageError} for the first setting of the program that cannot be had here. */
export function refuseForeignSettings(
  settings: Readonly<Record<string, Setting<unknown>>>,
  platform: NodeJS.Platform = process.platform,
): void {
  for (const row of FLAG_ROWS) {
    const setting = settings[row.name];
    if (setting === undefined || setting.source.from === 'default') continue;
    refuseForeign(row, writtenAs(row.name, setting.source), platform);
  }
}

/** @throws {UsageError} when the row means nothing on the platform. */
export function refuseForeign(row: FlagRow, written: string, platform: NodeJS.Platform = process.platform): void {
  if (platform !== 'win32' || row.posixOnly !== true) return;
  throw new UsageError(`${written} is not supported on Windows`, {
    hint: 'listen on a port instead, with --port; --allow-from and --local-tls-client-ca limit who may connect',
  });
}
