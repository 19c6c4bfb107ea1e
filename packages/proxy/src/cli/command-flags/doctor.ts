// The flags of `doctor`: its own, and those of the proxy, because it looks at what a start with them would do.

import { FORMAT } from '../command-flags.ts';
import type { FlagTable } from '../flag-row.ts';
import { FLAGS } from '../flags.ts';

export const DOCTOR_FLAGS = [
  {
    name: 'user',
    kind: 'string',
    scope: 'command-line',
    group: 'General',
    placeholder: 'USER',
    help: 'Log this database user in, with the password in PGPASSWORD unless IAM does without.',
  },
  {
    name: 'database',
    kind: 'string',
    scope: 'command-line',
    group: 'General',
    placeholder: 'NAME',
    default: 'postgres',
    help: 'Database to log in to.',
  },
  { ...FORMAT, help: 'How to print what was found.' },
  {
    name: 'bundle',
    kind: 'path',
    scope: 'command-line',
    group: 'General',
    placeholder: 'FILE',
    help: 'Write a report to attach to an issue into this file, which must not be there yet. It holds no secret.',
  },
  ...FLAGS,
] as const satisfies FlagTable;
