// What a worker tells its primary process: all that it has to say in one turn of the event loop as one message.

import type { FromWorker } from './messages.ts';

/**
 * Each message wakes the other process, which costs more than what is in it: a client that ends has its log line, its event and its end to
 * tell, all in the same turn (docs/performance.md).
 */
export class Outbox {
  readonly #post: (messages: readonly FromWorker[]) => void;
  #waiting: FromWorker[] = [];

  /** @param post Sends messages in one piece. */
  constructor(post: (messages: readonly FromWorker[]) => void) {
    this.#post = post;
  }

  /** Messages arrive in the order of the calls. */
  readonly send = (message: FromWorker): void => {
    if (this.#waiting.push(message) === 1) setImmediate(() => this.#flush());
  };

  #flush(): void {
    const messages = this.#waiting;
    this.#waiting = [];
    this.#post(messages);
  }
}
