// A metric with its values of the moment, in the form from which both Prometheus' text and OTLP are made.

import type { HistogramSnapshot } from '../model/histogram.ts';

export type Labels = Readonly<Record<string, string>>;

interface Description {
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** As UCUM writes it, for OTLP: `s`, `ms`, `By`; `1` for mere counts. */
  readonly unit: string;
  /** Names of all labels that its points have. */
  readonly labels: readonly string[];
}

export interface NumberPoint {
  readonly labels: Labels;
  readonly value: number;
}

export interface HistogramPoint {
  readonly labels: Labels;
  readonly histogram: HistogramSnapshot;
}

export type NumberFamily = Description & {
  readonly kind: 'counter' | 'gauge';
  readonly points: readonly NumberPoint[];
};

export type HistogramFamily = Description & { readonly kind: 'histogram'; readonly points: readonly HistogramPoint[] };

export type Family = NumberFamily | HistogramFamily;
