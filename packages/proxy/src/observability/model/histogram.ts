// How often a figure fell into which range: what Prometheus and OpenTelemetry call a histogram.

export interface HistogramSnapshot {
  /** Upper bounds of the ranges, ascending; a last range without a bound follows. */
  readonly bounds: readonly number[];
  /** One more than there are bounds: how many figures were in each range alone. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export class Histogram implements HistogramSnapshot {
  readonly bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  /** A figure equal to a bound is within it. */
  observe(value: number): void {
    const found = this.bounds.findIndex((bound) => value <= bound);
    const index = found === -1 ? this.bounds.length : found;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  get counts(): readonly number[] {
    return this.#counts;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  get sum(): number {
    return this.#sum;
  }
}
