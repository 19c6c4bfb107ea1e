// Sends metrics and traces of a running proxy by OTLP over HTTP. Loads the OpenTelemetry SDK, so it is loaded when asked for.

import { randomUUID } from 'node:crypto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { VERSION } from '../../cli/version.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { atMost } from '../../waiting.ts';
import { FailureNotice } from './failure-notice.ts';
import { metricSource } from './metric-data.ts';
import { proxyAgent } from './proxy-agent.ts';
import { SessionSpans } from './session-spans.ts';
import type { OtlpMetrics, OtlpTarget, OtlpTraces } from './target.ts';

export interface OtlpExportsOptions {
  readonly targets: readonly OtlpTarget[];
  /** Undefined when no target takes any. */
  readonly metrics: Metrics | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
}

// Who ends the proxy does not wait for a collector that is away.
const shutdownLimitMs = 2_000;

export class OtlpExports implements AsyncDisposable {
  readonly #options: OtlpExportsOptions;
  /** Tells this process from others where no metrics do. */
  readonly #processId = randomUUID();
  readonly #closers: (() => Promise<void>)[] = [];

  constructor(options: OtlpExportsOptions) {
    this.#options = options;
    for (const target of options.targets) {
      const resource = this.#resource(target);
      if (target.metrics !== undefined) this.#sendMetrics(target, target.metrics, resource);
      if (target.traces !== undefined) this.#sendTraces(target, target.traces, resource);
    }
  }

  /** Sends what there still is, if that can be done soon. */
  async [Symbol.asyncDispose](): Promise<void> {
    await atMost(shutdownLimitMs, Promise.allSettled(this.#closers.map((close) => close())));
  }

  #sendMetrics(target: OtlpTarget, { url, prefix, intervalMs }: OtlpMetrics, resource: Resource): void {
    const { metrics, startedAt } = this.#options;
    if (metrics === undefined) return;
    const exporter = new OTLPMetricExporter(this.#connection(target, url));
    this.#notice(`metrics to ${target.name}`).watch(exporter);
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: intervalMs,
      // The SDK wants it to be no longer than the interval.
      exportTimeoutMillis: Math.min(intervalMs, 30_000),
      metricProducers: [metricSource({ families: () => metrics.families(), startedAt, prefix })],
    });
    const provider = new MeterProvider({ resource, readers: [reader] });
    this.#closers.push(() => provider.shutdown());
  }

  #sendTraces(target: OtlpTarget, { url, ratio }: OtlpTraces, resource: Resource): void {
    const exporter = new OTLPTraceExporter(this.#connection(target, url));
    this.#notice(`traces to ${target.name}`).watch(exporter);
    const provider = new TracerProvider({
      resource,
      sampler: new TraceIdRatioBasedSampler(ratio),
      spanProcessors: [new BatchSpanProcessor({ exporter })],
    });
    const spans = new SessionSpans(provider.getTracer('alloydb-auth-proxy', VERSION));
    this.#closers.push(async () => {
      spans[Symbol.dispose]();
      await provider.shutdown();
    });
  }

  #notice(what: string): FailureNotice {
    return new FailureNotice(what, this.#options.logger);
  }

  /** Everything that is left out here the exporters read from the standard variables. */
  #connection({ headers }: OtlpTarget, url: string | undefined) {
    const agent = proxyAgent(this.#options.env);
    return {
      ...(url === undefined ? {} : { url }),
      ...(headers === undefined ? {} : { headers }),
      ...(agent === undefined ? {} : { httpAgentOptions: agent }),
    };
  }

  /** The standard variables win over what is assumed here, as the specification has it. */
  #resource({ resource }: OtlpTarget): Resource {
    const own = resourceFromAttributes({
      'service.name': 'alloydb-auth-proxy',
      'service.version': VERSION,
      'service.instance.id': this.#options.metrics?.dialerId ?? this.#processId,
    });
    const told = detectResources({ detectors: [envDetector] });
    return defaultResource().merge(own).merge(told).merge(resourceFromAttributes(resource));
  }
}
