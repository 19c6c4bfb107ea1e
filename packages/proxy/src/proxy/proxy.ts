// The proxy: a connector and one mount for each instance, started and stopped together.

import { Connector, shortInstanceName } from 'alloydb-connector';
import type { InstanceConfig, ProxyConfig } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { connectorOptions } from './connector-options.ts';
import { Mount } from './mount.ts';
import { Slots } from './slots.ts';

export interface ProxyOptions {
  readonly config: ProxyConfig;
  readonly logger: Logger;
  /** Product token for the User-Agent. */
  readonly userAgent: string;
}

export class Proxy implements AsyncDisposable {
  readonly #connector: Connector;
  readonly #instances: readonly InstanceConfig[];
  readonly #mounts: readonly Mount[];
  #lastId = 0;

  /** @throws {ConnectorError} when the credentials cannot be used. */
  constructor({ config, logger, userAgent }: ProxyOptions) {
    const { instances, maxConnections } = config;
    this.#instances = instances;
    this.#connector = new Connector(connectorOptions(config, userAgent));
    const slots = new Slots(maxConnections);
    const nextId = (): number => {
      this.#lastId += 1;
      return this.#lastId;
    };
    this.#mounts = instances.map(
      (instance) =>
        new Mount({
          instance: shortInstanceName(instance.uri),
          listenAt: instance.listen,
          dial: this.#dialTo(instance),
          slots,
          logger,
          nextId,
        }),
    );
  }

  /**
   * Opens every listener, or none.
   *
   * @throws {StartError} naming the first address that cannot be listened on.
   */
  async start(): Promise<void> {
    try {
      // In order, so that what is printed and which address is blamed do not depend on chance.
      for (const mount of this.#mounts) await mount.start();
      // The first client should find a certificate ready. Nothing waits for it, and a failure concerns its instance alone.
      for (const { uri } of this.#instances) this.#connector.warm(uri);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops accepting, ends every session and all background work. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.#mounts.map((mount) => mount.stop()));
    this.#connector.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #dialTo({ uri, ipType, autoIamAuthn, dialAddress }: InstanceConfig) {
    const authType = autoIamAuthn ? 'AUTO_IAM' : 'DB_NATIVE';
    return (signal: AbortSignal) => this.#connector.dial(uri, { ipType, authType, dialAddress, signal });
  }
}
