// Metrics in the text format of Prometheus.

import { Counter, Gauge, Histogram, type MetricType, Registry } from 'prom-client';
import type { Family, HistogramFamily, HistogramPoint, NumberFamily } from './family.ts';

export const prometheusContentType: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** @param namespace put before each name, with `_` between; none when empty. */
export function prometheusText(families: readonly Family[], namespace: string): Promise<string> {
  const registry = new Registry();
  for (const family of families) {
    const name = namespace === '' ? family.name : `${namespace}_${family.name}`;
    register({ ...family, name }, registry);
  }
  return registry.metrics();
}

function register(family: Family, registry: Registry): void {
  if (family.kind === 'histogram') {
    registry.registerMetric(new FilledHistogram(family));
    return;
  }
  const options = { name: family.name, help: family.help, labelNames: family.labels, registers: [registry] };
  if (family.kind === 'gauge') {
    const gauge = new Gauge(options);
    for (const { labels, value } of family.points) gauge.set(labels, value);
  } else {
    fill(new Counter(options), family);
  }
}

function fill(counter: Counter, { points }: NumberFamily): void {
  for (const { labels, value } of points) counter.inc(labels, value);
}

interface Sample {
  readonly metricName: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

/** A histogram whose counts are there already: prom-client's own only takes one figure at a time. */
class FilledHistogram extends Histogram {
  readonly #family: HistogramFamily;

  constructor(family: HistogramFamily) {
    super({ name: family.name, help: family.help, labelNames: [...family.labels], registers: [] });
    this.#family = family;
  }

  /** What the registry calls when it writes text. */
  getForPromString() {
    return this.get();
  }

  override async get() {
    const { name, help, points } = this.#family;
    const values = points.flatMap((point) => samplesOf(name, point));
    // Its types say that it is a number, its code that it is the word.
    const type = 'histogram' as unknown as MetricType;
    return { name, help, type, values, aggregator: 'sum' as const, collect: () => undefined };
  }
}

function samplesOf(name: string, { labels, histogram }: HistogramPoint): Sample[] {
  const samples: Sample[] = [];
  let below = 0;
  for (const [index, count] of histogram.counts.entries()) {
    below += count;
    const le = histogram.bounds[index] ?? '+Inf';
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: below });
  }
  samples.push({ metricName: `${name}_sum`, labels: { ...labels }, value: histogram.sum });
  samples.push({ metricName: `${name}_count`, labels: { ...labels }, value: histogram.count });
  return samples;
}
