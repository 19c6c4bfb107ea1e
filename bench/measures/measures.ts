// All measures, in the order of the page.

import { bulkMeasure } from './bulk.ts';
import { churnMeasure } from './churn.ts';
import { distanceMeasure } from './distance.ts';
import { idleMeasure } from './idle.ts';
import type { Measure } from './measure.ts';
import { pgbenchMeasure } from './pgbench.ts';
import { roundTripMeasure } from './round-trips.ts';
import { startMeasure } from './start.ts';

export const measures: readonly Measure[] = [
  bulkMeasure,
  roundTripMeasure,
  churnMeasure,
  idleMeasure,
  pgbenchMeasure,
  startMeasure,
  distanceMeasure,
];
