// How many clients there may be, and for how long.

import type { FlagTable } from '../flag-row.ts';

export const LIMITS = [
  {
    name: 'max-connections',
    kind: 'unsigned',
    scope: 'program-and-instance',
    group: 'Limits',
    placeholder: 'COUNT',
    default: '0',
    help: 'Most client connections at one time; further ones are refused. 0 is no limit. An instance can have a limit of its own beside that of the program.',
  },
  {
    name: 'max-connections-wait',
    kind: 'duration',
    scope: 'program',
    group: 'Limits',
    placeholder: 'DURATION',
    default: '0',
    help: 'How long a client beyond --max-connections waits for a place before it is refused. 0 refuses it at once.',
  },
  {
    name: 'client-idle-timeout',
    kind: 'duration',
    scope: 'program',
    group: 'Limits',
    placeholder: 'DURATION',
    default: '0',
    help: 'End connections over which nothing has been sent for this long. 0 never ends one.',
  },
  {
    name: 'max-connection-lifetime',
    kind: 'duration',
    scope: 'program',
    group: 'Limits',
    placeholder: 'DURATION',
    default: '0',
    help: 'End connections that are older than this, each as soon as no query and no transaction is under way. 0 never ends one.',
  },
] as const satisfies FlagTable;
