// Metrics of the connections that are kept warm; none for whoever keeps none.

import type { InstanceModel } from '../model/instance-model.ts';
import type { ProxyModel } from '../model/proxy-model.ts';
import type { WarmModel } from '../model/warm-model.ts';
import type { Family, NumberFamily, NumberPoint } from './family.ts';

export function warmFamilies(model: ProxyModel): readonly Family[] {
  const instances = [...model.instances.values()].filter(({ warm }) => warm.isUsed);
  if (instances.length === 0) return [];
  const family = (
    description: Pick<Family, 'name' | 'help'> & Pick<NumberFamily, 'kind'>,
    value: (warm: WarmModel) => number,
  ): Family => ({
    ...description,
    unit: '1',
    labels: ['alloydb_instance'],
    points: instances.map(({ name, warm }) => ({ labels: { alloydb_instance: name }, value: value(warm) })),
  });
  return [
    family(
      { name: 'alloydb_proxy_warm_connections', help: 'Connections that wait for a client now.', kind: 'gauge' },
      ({ kept }) => kept,
    ),
    family(
      { name: 'alloydb_proxy_warm_used_total', help: 'Clients that got a connection kept warm.', kind: 'counter' },
      ({ used }) => used,
    ),
    family(
      {
        name: 'alloydb_proxy_warm_missed_total',
        help: 'Clients that found none and were dialled for.',
        kind: 'counter',
      },
      ({ missed }) => missed,
    ),
    family(
      {
        name: 'alloydb_proxy_warm_failed_total',
        help: 'Connections to keep warm that could not be made.',
        kind: 'counter',
      },
      ({ failed }) => failed,
    ),
    {
      name: 'alloydb_proxy_warm_ended_total',
      help: 'Connections kept warm that no client got, by reason.',
      kind: 'counter',
      unit: '1',
      labels: ['alloydb_instance', 'reason'],
      points: instances.flatMap(endsOf),
    },
  ];
}

function endsOf({ name, warm }: InstanceModel): readonly NumberPoint[] {
  return Array.from(warm.ended, ([reason, value]) => ({ labels: { alloydb_instance: name, reason }, value }));
}
