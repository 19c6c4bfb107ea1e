// A thread that belongs to Windows: it blocks for as long as the process is a service, and ends at once when it is none.

import { workerData } from 'node:worker_threads';
import { dlopen } from 'bun:ffi';

const { symbols } = dlopen('advapi32.dll', {
  StartServiceCtrlDispatcherW: { args: ['ptr'], returns: 'i32' },
});
symbols.StartServiceCtrlDispatcherW(workerData as number);
