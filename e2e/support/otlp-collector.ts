// A collector that decodes what it is sent by OTLP: https://github.com/open-telemetry/opentelemetry-proto, what is needed of it.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parse } from 'protobufjs';

const { root } = parse(`
  syntax = "proto3";
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message Status { string message = 2; int32 code = 3; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
  }
  message ScopeSpans { repeated Span spans = 2; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Traces { repeated ResourceSpans resource_spans = 1; }
  message NumberDataPoint { double as_double = 4; sfixed64 as_int = 6; repeated KeyValue attributes = 7; }
  message HistogramDataPoint {
    fixed64 count = 4; double sum = 5; repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7;
    repeated KeyValue attributes = 9;
  }
  message Gauge { repeated NumberDataPoint data_points = 1; }
  message Sum { repeated NumberDataPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
  message Histogram { repeated HistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
  message Metric {
    string name = 1; string unit = 3;
    oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; }
  }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
  message Metrics { repeated ResourceMetrics resource_metrics = 1; }
`);

export type Attributes = Readonly<Record<string, unknown>>;

export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly durationNs: bigint;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly status: number;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly resource: Attributes;
  readonly points: readonly { readonly attributes: Attributes; readonly value: number; readonly count: number }[];
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Point {
  readonly attributes?: readonly KeyValue[];
  readonly asDouble?: number;
  readonly count?: string;
  readonly sum?: number;
}

interface Telemetry {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly Readonly<Record<string, never>>[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly ({ readonly name: string; readonly unit?: string } & Readonly<
        Record<'gauge' | 'sum' | 'histogram', { readonly dataPoints: readonly Point[] } | undefined>
      >)[];
    }[];
  }[];
}

export interface OtlpCollector extends AsyncDisposable {
  readonly origin: string;
  readonly spans: readonly ReceivedSpan[];
  /** Of the last time that they came. */
  readonly metrics: readonly ReceivedMetric[];
  /** Of every request: its path and its headers. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
}

/** @param status what it answers. */
export async function startOtlpCollector(status = 200): Promise<OtlpCollector> {
  const spans: ReceivedSpan[] = [];
  const metrics: ReceivedMetric[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { url: path = '', headers } = request;
      requests.push({ path, headers });
      if (path.endsWith('/v1/traces')) spans.push(...readSpans(body));
      if (path.endsWith('/v1/metrics')) metrics.splice(0, metrics.length, ...readMetrics(body));
      response.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    spans,
    metrics,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function decode(type: 'Traces' | 'Metrics', body: Buffer): Telemetry {
  const known = root.lookupType(type);
  return known.toObject(known.decode(body), { longs: String, bytes: String, defaults: false });
}

function readSpans(body: Buffer): readonly ReceivedSpan[] {
  return (decode('Traces', body).resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => {
        const { name, traceId, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano, attributes, status } =
          span as unknown as Readonly<Record<string, string>> & {
            readonly attributes?: readonly KeyValue[];
            readonly status?: { readonly code?: number };
          };
        return {
          name: name ?? '',
          traceId: traceId ?? '',
          spanId: spanId ?? '',
          parentSpanId: parentSpanId ?? '',
          durationNs: BigInt(endTimeUnixNano ?? 0) - BigInt(startTimeUnixNano ?? 0),
          attributes: attributesOf(attributes),
          resource: attributesOf(resource.attributes),
          status: status?.code ?? 0,
        };
      }),
    ),
  );
}

function readMetrics(body: Buffer): readonly ReceivedMetric[] {
  return (decode('Metrics', body).resourceMetrics ?? []).flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.map(({ name, unit = '', gauge, sum, histogram }) => ({
        name,
        unit,
        resource: attributesOf(resource.attributes),
        points: ((gauge ?? sum ?? histogram)?.dataPoints ?? []).map((point) => ({
          attributes: attributesOf(point.attributes),
          value: point.asDouble ?? point.sum ?? 0,
          count: Number(point.count ?? 0),
        })),
      })),
    ),
  );
}

function attributesOf(pairs: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}
