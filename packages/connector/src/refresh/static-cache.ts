// Connection info that was given once and is never renewed.

import { ConnectorError } from '../errors.ts';
import type { ConnectionInfoCache } from './cache.ts';
import type { ConnectionInfo } from './connection-info.ts';

export class StaticCache implements ConnectionInfoCache {
  readonly #instance: string;
  readonly #info: ConnectionInfo | undefined;

  constructor(instance: string, info: ConnectionInfo | undefined) {
    this.#instance = instance;
    this.#info = info;
  }

  async connectionInfo(): Promise<ConnectionInfo> {
    if (this.#info !== undefined) return this.#info;
    const message = `Cannot connect to "${this.#instance}": the static connection info does not name it`;
    throw new ConnectorError('INVALID_OPTION', message, { instance: this.#instance });
  }

  forceRefresh(): void {
    // There is nowhere to get other info from.
  }

  isCurrent(info: ConnectionInfo): boolean {
    return info === this.#info;
  }

  checkClock(): void {
    // Nothing is renewed.
  }

  release(): void {
    // Nothing is renewed.
  }

  close(): void {
    // Nothing is open.
  }
}
