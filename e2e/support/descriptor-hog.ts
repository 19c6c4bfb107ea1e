// Preloaded into a proxy: a thread that takes every free descriptor as long as SIGUSR2 has it on, as a busy library might.

import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const off = 0;
const on = 1;

if (isMainThread) {
  const state = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: state, execArgv: [] });
  worker.unref();
  process.on('SIGUSR2', () => {
    Atomics.store(state, 0, Atomics.load(state, 0) === on ? off : on);
    Atomics.notify(state, 0);
  });
} else {
  const state = workerData as Int32Array;
  for (;;) {
    Atomics.wait(state, 0, off);
    hogWhile(() => Atomics.load(state, 0) === on);
  }
}

/** Grabs again and again: what libuv gives up for a moment is gone before it can take it back. */
function hogWhile(goesOn: () => boolean): void {
  const held: number[] = [];
  while (goesOn()) {
    try {
      held.push(openSync('/dev/null'));
    } catch {
      // There is none left right now, which is what this is for.
    }
  }
  for (const descriptor of held) closeSync(descriptor);
}
