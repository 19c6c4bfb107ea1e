// The standard OTEL_* variables, as far as the exporters do not read them themselves.
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/

import type { OtlpTarget } from './target.ts';

export interface OtelEnvironment {
  /** Undefined when the variables ask for nothing. */
  readonly target: OtlpTarget | undefined;
  /** What was asked for and cannot be had, to be logged as warnings. */
  readonly notices: readonly string[];
}

type Signal = 'TRACES' | 'METRICS';

const defaultIntervalMs = 60_000;
const nothing: OtelEnvironment = { target: undefined, notices: [] };

/** An endpoint among the variables is what asks for exports: without one, nothing is sent anywhere. */
export function readOtelEnvironment(env: NodeJS.ProcessEnv): OtelEnvironment {
  const of = (name: string): string => env[name]?.trim() ?? '';
  if (of('OTEL_SDK_DISABLED').toLowerCase() === 'true') return nothing;
  const notices: string[] = [];
  const isWanted = (signal: Signal): boolean => {
    const endpoint = of(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) || of('OTEL_EXPORTER_OTLP_ENDPOINT');
    if (endpoint === '') return false;
    const exporter = of(`OTEL_${signal}_EXPORTER`) || 'otlp';
    if (exporter === 'none') return false;
    if (exporter !== 'otlp') {
      notices.push(`OTEL_${signal}_EXPORTER=${exporter} is not supported, nothing is sent: write otlp or none`);
      return false;
    }
    // What is written for gRPC, collector:4317, is a URL with the scheme "collector:".
    if (!['http:', 'https:'].includes(URL.parse(endpoint)?.protocol ?? '')) {
      const example = 'write it like http://collector:4318';
      notices.push(
        `The OTLP endpoint for ${signal.toLowerCase()}, "${endpoint}", is no HTTP URL, nothing is sent: ${example}`,
      );
      return false;
    }
    const protocol = of(`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) || of('OTEL_EXPORTER_OTLP_PROTOCOL');
    if (protocol !== '' && protocol !== 'http/protobuf') {
      notices.push(`The OTLP protocol ${protocol} is not supported: http/protobuf is used for ${signal.toLowerCase()}`);
    }
    return true;
  };
  const [traces, metrics] = [isWanted('TRACES'), isWanted('METRICS')];
  if (!traces && !metrics) return { target: undefined, notices };
  const target: OtlpTarget = {
    name: 'the OTLP endpoint of OTEL_EXPORTER_OTLP_ENDPOINT',
    traces: traces ? { url: undefined, ratio: sampledRatio(of, notices) } : undefined,
    metrics: metrics
      ? { url: undefined, prefix: '', intervalMs: positive(of('OTEL_METRIC_EXPORT_INTERVAL')) ?? defaultIntervalMs }
      : undefined,
    headers: undefined,
    resource: {},
  };
  return { target, notices };
}

/** A session has no parent here, so that the samplers that ask the parent come down to the others. */
function sampledRatio(of: (name: string) => string, notices: string[]): number {
  const sampler = of('OTEL_TRACES_SAMPLER').replace(/^parentbased_/, '');
  switch (sampler) {
    case '':
    case 'always_on':
      return 1;
    case 'always_off':
      return 0;
    case 'traceidratio': {
      const text = of('OTEL_TRACES_SAMPLER_ARG');
      const ratio = text === '' ? 1 : Number(text);
      if (ratio >= 0 && ratio <= 1) return ratio;
      notices.push(`OTEL_TRACES_SAMPLER_ARG=${text} is not a number from 0 to 1: every connection is traced`);
      return 1;
    }
    default:
      notices.push(`OTEL_TRACES_SAMPLER=${sampler} is not supported: every connection is traced`);
      return 1;
  }
}

const longestTimerMs = 2_147_483_647;

function positive(text: string): number | undefined {
  const number = text === '' ? Number.NaN : Number(text);
  // A timer takes no more; what is meant is "hardly ever".
  return Number.isFinite(number) && number > 0 ? Math.min(number, longestTimerMs) : undefined;
}
