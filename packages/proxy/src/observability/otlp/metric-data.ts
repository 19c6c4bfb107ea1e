// Metrics as OpenTelemetry's exporters take them.

import { type HrTime, ValueType } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { VERSION } from '../../cli/version.ts';
import type { Family } from '../metrics/family.ts';

export interface MetricSourceOptions {
  readonly families: () => readonly Family[];
  /** Milliseconds since the epoch: what counters count from. */
  readonly startedAt: number;
  /** Put before each name, with a full stop between; none when empty. */
  readonly prefix: string;
}

/** What the SDK asks for the values of the moment, in place of instruments of its own. */
export function metricSource({ families, startedAt, prefix }: MetricSourceOptions): MetricProducer {
  return {
    async collect(): Promise<CollectionResult> {
      const times = { startTime: hrTime(startedAt), endTime: hrTime(Date.now()) };
      const metrics = families().map((family) =>
        metricData(prefix === '' ? family : { ...family, name: `${prefix}.${family.name}` }, times),
      );
      const scope = { name: 'alloydb-auth-proxy', version: VERSION };
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope, metrics }] }, errors: [] };
    },
  };
}

function metricData(family: Family, times: { readonly startTime: HrTime; readonly endTime: HrTime }): MetricData {
  const { name, help: description, unit } = family;
  const shared = {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (family.kind === 'histogram') {
    const dataPoints = family.points.map(({ labels, histogram: { bounds, counts, count, sum } }) => {
      const value = { buckets: { boundaries: [...bounds], counts: [...counts] }, count, sum };
      return { ...times, attributes: labels, value };
    });
    return { ...shared, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = family.points.map(({ labels, value }) => ({ ...times, attributes: labels, value }));
  return family.kind === 'gauge'
    ? { ...shared, dataPointType: DataPointType.GAUGE, dataPoints }
    : { ...shared, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
}
