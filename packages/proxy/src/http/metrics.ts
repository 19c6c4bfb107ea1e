// The endpoint that Prometheus scrapes: /metrics.

import type { Metrics } from '../observability/metrics/metrics.ts';
import type { Route } from './route.ts';

export interface MetricsRouteOptions {
  readonly metrics: Metrics;
  /** Prefix of all names; none when empty. */
  readonly namespace: string;
}

/** prom-client is loaded here, and by nobody who was not asked for metrics. */
export async function metricsRoute({ metrics, namespace }: MetricsRouteOptions): Promise<Route> {
  const { prometheusContentType, prometheusText } = await import('../observability/metrics/prometheus-text.ts');
  return {
    path: '/metrics',
    methods: ['GET', 'HEAD'],
    answer: async () => ({
      status: 200,
      text: await prometheusText(metrics.families(), namespace),
      headers: { 'content-type': prometheusContentType },
    }),
  };
}
