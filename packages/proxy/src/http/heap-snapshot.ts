// /debug/heap-snapshot: writes what is in memory to a file. It holds tokens and keys, and never goes over HTTP.

import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Route } from './route.ts';

export interface HeapSnapshotOptions {
  /** Must be there already. */
  readonly folder: string;
  readonly now?: () => Date;
}

/** Everything stands still meanwhile, and it takes as much memory again. */
export function heapSnapshotRoute({ folder, now = () => new Date() }: HeapSnapshotOptions): Route {
  return {
    path: '/debug/heap-snapshot',
    methods: ['POST'],
    answer: async () => {
      const { getHeapSnapshot } = await import('node:v8');
      const time = now().toISOString().replaceAll(':', '-').replace('Z', '');
      const path = join(folder, `alloydb-auth-proxy-${time}.heapsnapshot`);
      await pipeline(getHeapSnapshot(), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      return { status: 200, text: path };
    },
  };
}
