// The connection info of every instance that a connector has met: caches, limiters and the watchdog over them.

import { X509Certificate } from 'node:crypto';
import { orAborted } from './abort.ts';
import type { AdminApiClient } from './admin-api/client.ts';
import { type ClientKey, generateClientKey } from './client-key.ts';
import { ConnectorError, reasonOf } from './errors.ts';
import { formatInstanceUri, type InstanceUri } from './instance/uri.ts';
import { AheadCache } from './refresh/ahead-cache.ts';
import type { ConnectionInfoCache } from './refresh/cache.ts';
import type { Clock } from './refresh/clock.ts';
import { type ConnectionInfo, secureContextFor } from './refresh/connection-info.ts';
import { LazyCache } from './refresh/lazy-cache.ts';
import type { ResolvedRefreshOptions } from './refresh/options.ts';
import { RateLimiter } from './refresh/rate-limiter.ts';
import { StaticCache } from './refresh/static-cache.ts';
import type { StaticConnectionInfo } from './refresh/static-connection-info.ts';
import { Watchdog } from './refresh/watchdog.ts';

export interface InstanceCacheOptions {
  readonly api: AdminApiClient;
  readonly refresh: ResolvedRefreshOptions;
  /** When given, nothing is asked of the Admin API. */
  readonly staticInfo: StaticConnectionInfo | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly credentialGeneration: () => number;
}

export class InstanceCache {
  readonly #options: InstanceCacheOptions;
  readonly #caches = new Map<string, ConnectionInfoCache>();
  #clientKey: Promise<ClientKey> | undefined;
  #watchdog: Watchdog | undefined;

  constructor(options: InstanceCacheOptions) {
    this.#options = options;
  }

  /** The cache of one instance, made at the first call; its limiter lives as long as the connector. */
  of(instance: InstanceUri): ConnectionInfoCache {
    const uri = formatInstanceUri(instance);
    const known = this.#caches.get(uri);
    if (known !== undefined) return known;
    const created = this.#create(instance, uri);
    this.#caches.set(uri, created);
    return created;
  }

  /** Idempotent. */
  close(): void {
    this.#watchdog?.close();
    this.#watchdog = undefined;
    for (const cache of this.#caches.values()) cache.close();
  }

  #create(instance: InstanceUri, uri: string): ConnectionInfoCache {
    const { refresh, staticInfo, clock, random, credentialGeneration } = this.#options;
    if (staticInfo !== undefined) return new StaticCache(uri, staticInfo.get(uri));
    const options = {
      instance: uri,
      fetch: (signal: AbortSignal) => this.#fetch(instance, signal),
      limiter: new RateLimiter(clock, refresh.rate),
      refreshBufferMs: refresh.bufferMs,
      clock,
      random,
      credentialGeneration,
    };
    if (refresh.strategy === 'lazy') return new LazyCache(options);
    this.#watchdog ??= new Watchdog({ clock, intervalMs: refresh.wallClockCheckMs, onTick: () => this.#checkClock() });
    return new AheadCache(options);
  }

  #checkClock(): void {
    for (const cache of this.#caches.values()) cache.checkClock();
  }

  /** Asks the API twice, side by side, and combines the answers. */
  async #fetch(instance: InstanceUri, signal: AbortSignal): Promise<ConnectionInfo> {
    const [{ addresses }, { key, reply }] = await Promise.all([
      this.#options.api.connectionInfo(instance, signal),
      this.#requestCertificate(instance, signal),
    ]);
    const [leaf] = reply.chain;
    const identity = { chain: reply.chain, privateKey: key.privateKey, serverCa: reply.caCert };
    try {
      return {
        instance,
        addresses,
        expiresAt: new X509Certificate(leaf).validToDate.getTime(),
        secureContext: secureContextFor(identity),
        identity,
      };
    } catch (error) {
      const uri = formatInstanceUri(instance);
      const message = `Cannot use the client certificate that the Admin API made for "${uri}": ${reasonOf(error)}`;
      throw new ConnectorError('ADMIN_API_BAD_REPLY', message, { instance: uri, cause: error });
    }
  }

  async #requestCertificate(instance: InstanceUri, signal: AbortSignal) {
    const key = await orAborted(this.#key(), signal);
    return { key, reply: await this.#options.api.generateClientCertificate(instance, key.publicKey, signal) };
  }

  /** One key for the life of the connector: certificates are short-lived, keys need not be. */
  #key(): Promise<ClientKey> {
    this.#clientKey ??= generateClientKey();
    return this.#clientKey;
  }
}
