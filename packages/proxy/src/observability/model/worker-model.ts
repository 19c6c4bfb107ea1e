// The worker processes; none of them when one process serves all clients.

import type { WorkerEvent } from '../../workers/worker-events.ts';

export class WorkerModel {
  readonly #running = new Set<number>();
  started = 0;
  died = 0;
  /** Connections that ended with a worker that died. */
  lostSessions = 0;

  /** Those that are there now. */
  get running(): number {
    return this.#running.size;
  }

  note(event: WorkerEvent): void {
    if (event.at === 'started') {
      this.started += 1;
      this.#running.add(event.worker);
      return;
    }
    this.#running.delete(event.worker);
    if (event.at === 'ended') return;
    this.died += 1;
    this.lostSessions += event.lostSessions;
  }
}
