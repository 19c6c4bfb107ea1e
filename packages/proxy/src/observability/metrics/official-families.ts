// The metrics of the official proxy: names, kinds, labels and ranges are its own, whatever Prometheus' advice says by now.

import type { InstanceModel } from '../model/instance-model.ts';
import type { ProxyModel } from '../model/proxy-model.ts';
import type { Family } from './family.ts';

export interface OfficialOptions {
  readonly model: ProxyModel;
  /** Tells the processes of a fleet apart. */
  readonly dialerId: string;
}

export function officialFamilies({ model, dialerId }: OfficialOptions): readonly Family[] {
  const instances = [...model.instances.values()];
  const dialer = { alloydb_dialer_id: dialerId };
  const byUri = ({ uri }: InstanceModel) => ({ alloydb_instance: uri, ...dialer });
  const byName = ({ name }: InstanceModel) => ({ alloydb_instance: name, ...dialer });
  const labels = ['alloydb_instance', 'alloydb_dialer_id'];
  return [
    {
      name: 'alloydbconn_dial_latency',
      help: 'How long it took to connect to an instance, in milliseconds.',
      kind: 'histogram',
      unit: 'ms',
      labels,
      points: instances.map((each) => ({ labels: byUri(each), histogram: each.dialLatencyMs })),
    },
    {
      name: 'alloydbconn_dial_failure_count',
      help: 'Attempts to connect to an instance that failed.',
      kind: 'counter',
      unit: '1',
      labels,
      points: instances.map((each) => ({ labels: byUri(each), value: each.dialFailures })),
    },
    {
      name: 'alloydbconn_open_connections',
      help: 'Connections to an instance that are open now.',
      kind: 'gauge',
      unit: '1',
      labels,
      points: instances.map((each) => ({ labels: byName(each), value: model.count(each.name, 'connected') })),
    },
    {
      name: 'alloydbconn_refresh_success_count',
      help: 'Refreshes of the certificate and the addresses of an instance that succeeded.',
      kind: 'counter',
      unit: '1',
      labels,
      points: instances.map((each) => ({ labels: byName(each), value: each.refreshSuccesses })),
    },
    {
      name: 'alloydbconn_refresh_failure_count',
      help: 'Refreshes of the certificate and the addresses of an instance that failed, by the code of the error.',
      kind: 'counter',
      unit: '1',
      labels: [...labels, 'alloydb_error_code'],
      points: instances.flatMap((each) =>
        Array.from(each.refreshFailures, ([code, value]) => ({
          labels: { ...byName(each), alloydb_error_code: code },
          value,
        })),
      ),
    },
    {
      name: 'alloydbconn_bytes_sent',
      help: 'Bytes sent to an instance for clients.',
      kind: 'counter',
      unit: 'By',
      labels,
      points: instances.map((each) => ({ labels: byName(each), value: model.traffic(each).bytesFromClient })),
    },
    {
      name: 'alloydbconn_bytes_received',
      help: 'Bytes received from an instance for clients.',
      kind: 'counter',
      unit: 'By',
      labels,
      points: instances.map((each) => ({ labels: byName(each), value: model.traffic(each).bytesToClient })),
    },
  ];
}
