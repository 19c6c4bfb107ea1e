// Keeps a service manager informed over the life of a proxy: its states, its watchdog and what it is doing.

import type { Logger } from '../observability/logger.ts';
import { atMost } from '../waiting.ts';
import { type Notifier, systemdNotifier } from './notify.ts';

export interface SupervisionOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** One line for `systemctl status`: what is being served. */
  readonly describe: () => string;
}

// An exit does not wait longer for the service manager to be told of it; each message takes some milliseconds.
const stoppingLimitMs = 2_000;

/** Does nothing where no service manager wants to be told. */
export class Supervision {
  readonly #notifier: Notifier | undefined;
  readonly #describe: () => string;
  #watchdog: NodeJS.Timeout | undefined;

  constructor({ env, logger, describe }: SupervisionOptions) {
    this.#describe = describe;
    this.#notifier = systemdNotifier({
      env,
      onError: (error) =>
        logger.warn(`cannot tell the service manager how this proxy is doing: ${error.message}`, {
          hint: 'on Node the unit needs NotifyAccess=all, and systemd-notify must be in PATH',
        }),
    });
  }

  /** Clients are served. From here on the watchdog is fed: by a timer of the loop that serves them, so that it starves with it. */
  async ready(): Promise<void> {
    await this.#notifier?.send({ READY: '1', STATUS: this.#describe() });
    const watchdogMs = this.#notifier?.watchdogMs;
    if (watchdogMs === undefined || this.#watchdog !== undefined) return;
    this.#watchdog = setInterval(() => {
      void this.#notifier?.send({ WATCHDOG: '1', STATUS: this.#describe() });
    }, watchdogMs).unref();
  }

  /** Ended by {@link ready}. */
  async reloading(): Promise<void> {
    // Type=notify-reload wants to know when it began, by the clock that both sides share.
    const now = process.hrtime.bigint() / 1000n;
    await this.#notifier?.send({ RELOADING: '1', MONOTONIC_USEC: String(now), STATUS: 'Reloading the configuration' });
  }

  /** Sessions may still end in their own time. Gives up what a service manager that does not listen has not taken in time. */
  async stopping(limitMs = stoppingLimitMs): Promise<void> {
    if (this.#notifier === undefined) return;
    await atMost(limitMs, this.#notifier.send({ STOPPING: '1', STATUS: 'Shutting down' }));
  }

  /** Ends the timer. Idempotent. */
  close(): void {
    clearInterval(this.#watchdog);
  }
}
