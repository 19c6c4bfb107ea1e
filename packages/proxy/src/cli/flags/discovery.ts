// Instances that are named by a DNS name.

import type { FlagTable } from '../flag-row.ts';

export const DISCOVERY = [
  {
    name: 'allow',
    kind: 'project-or-cluster',
    scope: 'instance',
    group: 'Connecting',
    placeholder: 'PROJECT_OR_CLUSTER',
    help: 'Where the DNS name of an instance may point: projects/P, or projects/P/locations/R/clusters/C. A DNS name needs it.',
  },
  {
    name: 'dns-server',
    kind: 'name-server',
    scope: 'program',
    group: 'Connecting',
    placeholder: 'IP[:PORT]',
    help: 'Ask this name server for the DNS names of instances. Default: those of the system.',
  },
  {
    name: 'dns-refresh',
    kind: 'duration',
    scope: 'program',
    group: 'Connecting',
    placeholder: 'DURATION',
    default: '30s',
    help: 'How often the DNS names of instances are read again.',
  },
] as const satisfies FlagTable;
