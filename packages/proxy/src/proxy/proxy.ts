// The proxy: a connector and one mount for each instance, started, drained and stopped together.

import { Connector, databaseUserOf, formatInstanceUri, shortInstanceName } from 'alloydb-connector';
import type { InstanceConfig, ProxyConfig } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { shuttingDown, tooManyConnections } from './client-error.ts';
import { connectorOptions } from './connector-options.ts';
import { type DrainOptions, drain, type LifecycleState } from './lifecycle.ts';
import { Mount } from './mount.ts';
import type { Admission, Dial } from './session.ts';
import { Slots } from './slots.ts';

export interface ProxyOptions {
  readonly config: ProxyConfig;
  readonly logger: Logger;
  /** Product token for the User-Agent. */
  readonly userAgent: string;
}

/** What dialling one instance, without a client, has shown. */
export interface BackendCheck {
  /** Short name of the instance. */
  readonly instance: string;
  readonly error: Error | undefined;
}

export class Proxy implements AsyncDisposable {
  readonly #connector: Connector;
  readonly #instances: readonly InstanceConfig[];
  readonly #mounts: readonly Mount[];
  readonly #slots: Slots;
  #state: LifecycleState = 'starting';
  #lastId = 0;

  /** @throws {ConnectorError} when the credentials cannot be used. */
  constructor({ config, logger, userAgent }: ProxyOptions) {
    const { instances, maxConnections } = config;
    this.#instances = instances;
    this.#connector = new Connector(connectorOptions(config, userAgent));
    this.#slots = new Slots(maxConnections);
    const nextId = (): number => {
      this.#lastId += 1;
      return this.#lastId;
    };
    this.#mounts = instances.map(
      (instance) =>
        new Mount({
          instance: shortInstanceName(instance.uri),
          uri: formatInstanceUri(instance.uri),
          listenAt: instance.listen,
          dial: this.#dialTo(instance),
          admit: () => this.#admit(),
          checkUser: (user) => (instance.autoIamAuthn ? this.#checkUser(user) : undefined),
          tracksIdle: config.shutdown.drainIdle,
          logger,
          nextId,
        }),
    );
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** Clients that are being served, or wait for it. */
  get openConnections(): number {
    return this.#slots.taken;
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
      this.#state = 'serving';
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Dials every instance once and hangs up again. */
  async checkBackends(signal: AbortSignal): Promise<readonly BackendCheck[]> {
    return Promise.all(
      this.#instances.map(async (instance) => {
        const name = shortInstanceName(instance.uri);
        try {
          const { socket } = await this.#dialTo(instance)(signal);
          socket.destroy();
          return { instance: name, error: undefined };
        } catch (error) {
          return { instance: name, error: error instanceof Error ? error : new Error(String(error)) };
        }
      }),
    );
  }

  /** Lets the sessions end as the options say, then stops. */
  async drain(options: DrainOptions): Promise<void> {
    await drain(
      {
        enter: (state) => {
          this.#state = state;
        },
        endIdleSessions: () => {
          for (const mount of this.#mounts) mount.endIdleSessions();
        },
        whenEmpty: async () => {
          await Promise.all(this.#mounts.map((mount) => mount.whenEmpty()));
        },
      },
      options,
    );
    await this.stop();
  }

  /** Stops accepting, ends every session and all background work. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.#mounts.map((mount) => mount.stop()));
    this.#connector.close();
    this.#state = 'stopped';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #admit(): Admission {
    if (this.#state === 'closing' || this.#state === 'stopped') {
      const text = 'refusing new connection: the proxy is shutting down';
      return { kind: 'refused', reason: 'shutting-down', text, error: shuttingDown('57P03') };
    }
    const giveBack = this.#slots.tryTake();
    if (giveBack !== undefined) return { kind: 'admitted', giveBack };
    const { limit } = this.#slots;
    const text = `max connections (${limit}) exceeded, refusing new connection`;
    return { kind: 'refused', reason: 'max-connections', text, error: tooManyConnections(limit) };
  }

  /** With Auto IAM AuthN the database user must be the principal; the server says so only after the login has failed. */
  #checkUser(user: string): string | undefined {
    const principal = this.#connector.principal();
    if (principal === undefined || user === '' || user === databaseUserOf(principal)) return undefined;
    return `the client logs in as "${user}", but with Auto IAM AuthN the database user must be "${databaseUserOf(principal)}", that of the principal ${principal}`;
  }

  #dialTo({ uri, ipType, autoIamAuthn, dialAddress }: InstanceConfig): Dial {
    const authType = autoIamAuthn ? 'AUTO_IAM' : 'DB_NATIVE';
    return (signal) => this.#connector.dial(uri, { ipType, authType, dialAddress, signal });
  }
}
