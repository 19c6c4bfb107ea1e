// A logger whose format and level can be changed while everybody holds it.

import type { Logger } from './logger.ts';

export class SwitchableLogger implements Logger {
  #current: Logger;

  constructor(first: Logger) {
    this.#current = first;
  }

  /** What is logged from now on goes to this one. */
  use(next: Logger): void {
    this.#current = next;
  }

  readonly debug: Logger['debug'] = (message, fields) => this.#current.debug(message, fields);
  readonly info: Logger['info'] = (message, fields) => this.#current.info(message, fields);
  readonly warn: Logger['warn'] = (message, fields) => this.#current.warn(message, fields);
  readonly error: Logger['error'] = (message, fields) => this.#current.error(message, fields);
}
