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
    const foreign = describeForeign(row, writtenAs(row.name, setting.source), platform);
    if (foreign !== undefined) throw new UsageError(foreign.message, { hint: foreign.hint });
  }
}

/** Says that the row means nothing on the platform; undefined when it does. */
export function describeForeign(row: FlagRow, written: string, platform: NodeJS.Platform = process.platform) {
  if (row.linuxOnly === true && platform !== 'linux') {
    return {
      message: `${written} is not supported: it needs the FUSE of Linux`,
      hint: 'name the instances when the proxy starts; on Linux, or in a virtual machine with it, the folder can be mounted',
    };
  }
  if (platform !== 'win32' || row.posixOnly !== true) return undefined;
  return {
    message: `${written} is not supported on Windows`,
    hint: 'listen on a port instead, with --port; --allow-from and --local-tls-client-ca limit who may connect',
  };
}
