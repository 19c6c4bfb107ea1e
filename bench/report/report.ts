// Everything that one run of the benchmark found out; the JSON that it writes.

import type { Found } from '../candidates/candidate.ts';
import type { Result } from '../measures/measure.ts';
import type { Machine } from './machine.ts';

export interface Report {
  readonly date: string;
  readonly size: 'quick' | 'full';
  readonly machine: Machine;
  /** The candidate that others are compared with. */
  readonly base: string;
  /** Candidates and measures that were left out. */
  readonly missing: Found['missing'];
  /** What whoever reads the figures should know. */
  readonly notes: readonly string[];
  readonly results: readonly Result[];
}
