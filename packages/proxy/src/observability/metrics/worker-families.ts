// Metrics of the worker processes; none where one process serves all clients.

import type { ProxyModel } from '../model/proxy-model.ts';
import type { Family, NumberFamily } from './family.ts';

export function workerFamilies({ workers }: Pick<ProxyModel, 'workers'>): readonly Family[] {
  if (workers.started + workers.died === 0) return [];
  const { running, died, lostSessions } = workers;
  return [
    family({ name: 'alloydb_proxy_workers', help: 'Worker processes that run now.', kind: 'gauge' }, running),
    family(
      {
        name: 'alloydb_proxy_workers_died_total',
        help: 'Worker processes that ended without being asked.',
        kind: 'counter',
      },
      died,
    ),
    family(
      {
        name: 'alloydb_proxy_workers_lost_connections_total',
        help: 'Connections that ended because their worker process died.',
        kind: 'counter',
      },
      lostSessions,
    ),
  ];
}

function family(description: Pick<Family, 'name' | 'help'> & Pick<NumberFamily, 'kind'>, value: number): Family {
  return { ...description, unit: '1', labels: [], points: [{ labels: {}, value }] };
}
