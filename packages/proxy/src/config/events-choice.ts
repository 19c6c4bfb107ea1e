// Where events for other programs go.

import type { Settings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import { UsageError } from '../cli/usage-error.ts';
import { parseWholeNumber } from '../cli/values/whole-number.ts';
import type { EventsConfig } from './config.ts';
import { writtenAs } from './sources.ts';

const standardOutput = 1;
/** Those below are the standard streams. */
const firstOwnDescriptor = 3;
const highestDescriptor = 1_048_575;

/** @throws {UsageError} for anything but `json` and `json:DESCRIPTOR`. */
export function chooseEvents({ events: { value, source } }: Settings<ProxyFlags>): EventsConfig | undefined {
  if (value === undefined) return undefined;
  if (value === 'json') return { descriptor: standardOutput };
  const [format, number = ''] = value.split(':', 2);
  const descriptor = format === 'json' ? parseWholeNumber(number, highestDescriptor) : undefined;
  if (descriptor !== undefined && descriptor >= firstOwnDescriptor) return { descriptor };
  throw new UsageError(
    `invalid value "${value}" for ${writtenAs('events', source)}: expected json or json:DESCRIPTOR`,
    {
      hint: 'json writes to standard output, json:3 to a descriptor that whoever starts the proxy has opened',
    },
  );
}
