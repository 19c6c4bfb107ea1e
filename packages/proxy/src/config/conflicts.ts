// Settings that cannot stand together at one place: on the program, or on one instance.

import type { FlagRow } from '../cli/flag-row.ts';
import { FLAG_ROWS } from '../cli/flags.ts';

export interface Conflict {
  readonly one: FlagRow;
  readonly other: FlagRow;
}

/** The first pair that the flag table declares incompatible among the flags for which `isSet` holds. */
export function findConflict(isSet: (flag: string) => boolean): Conflict | undefined {
  const present = FLAG_ROWS.filter((row) => isSet(row.name));
  for (const one of present) {
    const other = present.find((row) => one.conflictsWith?.includes(row.name));
    if (other !== undefined) return { one, other };
  }
  return undefined;
}
