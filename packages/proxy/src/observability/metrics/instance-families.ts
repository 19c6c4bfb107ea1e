// Metrics of each instance beyond the official ones, named as Prometheus advises.

import type { InstanceModel } from '../model/instance-model.ts';
import type { ProxyModel } from '../model/proxy-model.ts';
import type { Family, HistogramFamily, Labels, NumberFamily } from './family.ts';

type Described = Pick<Family, 'name' | 'help'>;

export function instanceFamilies(model: ProxyModel): readonly Family[] {
  const instances = [...model.instances.values()];
  const gauge = (
    { name, help }: Described,
    value: (each: InstanceModel) => number | undefined,
    unit = '1',
  ): Family => ({
    name,
    help,
    kind: 'gauge',
    unit,
    labels: ['alloydb_instance'],
    points: instances.flatMap((each) => {
      const known = value(each);
      return known === undefined ? [] : { labels: of(each), value: known };
    }),
  });
  return [
    counter(
      {
        name: 'alloydb_proxy_connections_opened_total',
        help: 'Clients whose connection to the instance was established.',
      },
      { points: instances.map((each) => ({ labels: of(each), value: each.opened })) },
    ),
    counter(
      { name: 'alloydb_proxy_connections_closed_total', help: 'Connections that ended, by who ended them and why.' },
      {
        labels: ['by', 'reason'],
        points: instances.flatMap((each) =>
          Array.from(each.closed, ([cause, value]) => {
            const [by = '', reason = ''] = cause.split(' ');
            return { labels: { ...of(each), by, reason }, value };
          }),
        ),
      },
    ),
    counter(
      {
        name: 'alloydb_proxy_connections_refused_total',
        help: 'Clients that were turned away before the instance was dialled, by reason.',
      },
      {
        labels: ['reason'],
        points: instances.flatMap((each) =>
          Array.from(each.refused, ([reason, value]) => ({ labels: { ...of(each), reason }, value })),
        ),
      },
    ),
    gauge(
      { name: 'alloydb_proxy_connections_waiting', help: 'Clients that wait for a free connection now.' },
      ({ name }) => model.count(name, 'waiting'),
    ),
    gauge(
      { name: 'alloydb_proxy_connections_dialling', help: 'Clients whose instance is being connected now.' },
      ({ name }) => model.count(name, 'dialling'),
    ),
    seconds(
      { name: 'alloydb_proxy_queue_wait_seconds', help: 'How long clients waited for a free connection.' },
      instances.map((each) => ({ labels: of(each), histogram: each.queueWait })),
    ),
    seconds(
      {
        name: 'alloydb_proxy_dial_phase_seconds',
        help: 'How long each phase of connecting took: cache (connection info), token, tcp, tls, exchange.',
      },
      instances.flatMap((each) =>
        Array.from(each.dialPhases, ([phase, histogram]) => ({ labels: { ...of(each), phase }, histogram })),
      ),
      ['phase'],
    ),
    gauge(
      {
        name: 'alloydb_proxy_certificate_expiry_timestamp_seconds',
        help: 'When the client certificate in use ends, in seconds since the epoch.',
      },
      ({ certificateExpiresAt: at }) => (at === undefined ? undefined : at / 1_000),
      's',
    ),
    seconds(
      {
        name: 'alloydb_proxy_refresh_duration_seconds',
        help: 'How long refreshes of certificate and addresses took, failed ones too.',
      },
      instances.map((each) => ({ labels: of(each), histogram: each.refreshDuration })),
    ),
    seconds(
      { name: 'alloydb_proxy_session_duration_seconds', help: 'How long clients stayed that were connected.' },
      instances.map((each) => ({ labels: of(each), histogram: each.sessionDuration })),
    ),
    counter(
      { name: 'alloydb_proxy_relay_bytes_total', help: 'Bytes relayed, by direction.' },
      {
        unit: 'By',
        labels: ['direction'],
        points: instances.flatMap((each) => {
          const { bytesFromClient, bytesToClient } = model.traffic(each);
          return [
            { labels: { ...of(each), direction: 'to_instance' }, value: bytesFromClient },
            { labels: { ...of(each), direction: 'to_client' }, value: bytesToClient },
          ];
        }),
      },
    ),
  ];
}

function of({ name }: InstanceModel): Labels {
  return { alloydb_instance: name };
}

function counter(
  { name, help }: Described,
  { unit = '1', labels = [], points }: Pick<Partial<NumberFamily>, 'unit' | 'labels'> & Pick<NumberFamily, 'points'>,
): Family {
  return { name, help, kind: 'counter', unit, labels: ['alloydb_instance', ...labels], points };
}

function seconds({ name, help }: Described, points: HistogramFamily['points'], labels: readonly string[] = []): Family {
  return { name, help, kind: 'histogram', unit: 's', labels: ['alloydb_instance', ...labels], points };
}
