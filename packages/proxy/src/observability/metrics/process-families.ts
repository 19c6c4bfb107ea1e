// Metrics of the process as a whole.

import type { Histogram } from '../model/histogram.ts';
import type { ProxyModel } from '../model/proxy-model.ts';
import type { Family, Labels } from './family.ts';

export interface ProcessOptions {
  readonly model: ProxyModel;
  readonly version: string;
  readonly eventLoopDelay: Histogram;
}

export function processFamilies({ model, version, eventLoopDelay }: ProcessOptions): readonly Family[] {
  const { user, system } = process.cpuUsage();
  const runtime = process.versions.bun === undefined ? `node ${process.versions.node}` : `bun ${process.versions.bun}`;
  return [
    {
      name: 'alloydb_proxy_token_refreshes_total',
      help: 'Access tokens asked for: new ones that were given, and failures.',
      kind: 'counter',
      unit: '1',
      labels: ['result'],
      points: [
        { labels: { result: 'success' }, value: model.tokenRenewals },
        { labels: { result: 'failure' }, value: model.tokenFailures },
      ],
    },
    {
      name: 'alloydb_proxy_event_loop_delay_seconds',
      help: 'How late a timer came that is set twice a second: how long a session may have had to wait for its turn.',
      kind: 'histogram',
      unit: 's',
      labels: [],
      points: [{ labels: {}, histogram: eventLoopDelay }],
    },
    gauge(
      { name: 'alloydb_proxy_build_info', help: 'Always 1; its labels say what runs.', unit: '1' },
      { labels: { version, runtime, platform: `${process.platform} ${process.arch}` }, value: 1 },
    ),
    gauge(
      {
        name: 'process_start_time_seconds',
        help: 'When the process began, in seconds since the epoch.',
        unit: 's',
      },
      { labels: {}, value: model.startedAt / 1_000 },
    ),
    gauge(
      { name: 'process_resident_memory_bytes', help: 'Memory that the process holds.', unit: 'By' },
      { labels: {}, value: process.memoryUsage.rss() },
    ),
    {
      name: 'process_cpu_seconds_total',
      help: 'Processor time that the process has used.',
      kind: 'counter',
      unit: 's',
      labels: [],
      points: [{ labels: {}, value: (user + system) / 1e6 }],
    },
  ];
}

function gauge(
  description: Pick<Family, 'name' | 'help' | 'unit'>,
  point: { readonly labels: Labels; readonly value: number },
): Family {
  return { ...description, kind: 'gauge', labels: Object.keys(point.labels), points: [point] };
}
