// The connector that dials now, and those that a reload has replaced.

import { isDeepStrictEqual } from 'node:util';
import { Connector, type ConnectorOptions } from 'alloydb-connector';

/** A connector that is to take over, or the one that is there when it can stay. */
export interface NextConnector {
  readonly connector: Connector;
  readonly isSame: boolean;
  /** @param dialTimeoutMs what dials that are under way with the former one still get, in milliseconds. */
  readonly commit: (dialTimeoutMs: number) => void;
  readonly undo: () => void;
}

export class CurrentConnector {
  #connector: Connector;
  #options: ConnectorOptions;
  /** Replaced ones, for as long as a dial with them may take. */
  readonly #former = new Set<Connector>();

  /** @throws {ConnectorError} when the credentials cannot be used. */
  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#connector = new Connector(options);
  }

  get connector(): Connector {
    return this.#connector;
  }

  get options(): ConnectorOptions {
    return this.#options;
  }

  /** @throws {ConnectorError} when the credentials cannot be used. */
  prepare(options: ConnectorOptions): NextConnector {
    if (isDeepStrictEqual(identityOf(options), identityOf(this.#options))) {
      return { connector: this.#connector, isSame: true, commit: () => undefined, undo: () => undefined };
    }
    const connector = new Connector(options);
    return {
      connector,
      isSame: false,
      commit: (dialTimeoutMs) => {
        this.#retire(dialTimeoutMs);
        this.#connector = connector;
        this.#options = options;
      },
      undo: () => connector.close(),
    };
  }

  /** Ends the background work of all of them. */
  close(): void {
    for (const connector of [this.#connector, ...this.#former]) connector.close();
  }

  /** Its connections stay. */
  #retire(dialTimeoutMs: number): void {
    const former = this.#connector;
    this.#former.add(former);
    setTimeout(() => {
      this.#former.delete(former);
      former.close();
    }, dialTimeoutMs).unref();
  }
}

/** What makes two connectors different ones. A new one has no certificates yet, so the rest waits for the next start. */
function identityOf(options: ConnectorOptions): ConnectorOptions {
  const { userAgent: _, dialTimeoutMs: __, keepAliveMs: ___, ...identity } = options;
  return identity;
}
