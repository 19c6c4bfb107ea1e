// A value as the user would write it, for whoever asks what is set.

import type { FlagRow } from '../flag-row.ts';
import { formatDuration } from './duration.ts';

const hidden = '[redacted]';

export type ShownValue = string | number | boolean | readonly string[] | null;

/** For JSON: null when nothing is set. Secrets are never shown. */
export function showValue(row: FlagRow, value: unknown): ShownValue {
  if (row.secret === true && value !== undefined) return hidden;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'number') return Array.isArray(value) ? value.map(String) : (row.otherwise ?? null);
  if (row.kind === 'duration') return formatDuration(value);
  return row.kind === 'mode' ? `0${value.toString(8).padStart(3, '0')}` : value;
}
