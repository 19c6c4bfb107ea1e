// The Connector: connects to any number of instances with one identity, one client key and a cache for each instance.

import { X509Certificate } from 'node:crypto';
import { orAborted, TimeLimitError, withTimeLimit } from './abort.ts';
import { AdminApiClient } from './admin-api/client.ts';
import { type ClientKey, generateClientKey } from './client-key.ts';
import { TokenCache } from './credentials/token-cache.ts';
import { type Connection, Dialer } from './dial/dialer.ts';
import { ConnectorError, reasonOf } from './errors.ts';
import { publishDial } from './events.ts';
import { formatInstanceUri, type InstanceUri, parseInstanceUri } from './instance/uri.ts';
import { type ConnectOptions, type ConnectorOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { type PgStreamOptions, pgStream } from './drivers/pg.ts';
import { AheadCache } from './refresh/ahead-cache.ts';
import type { ConnectionInfoCache } from './refresh/cache.ts';
import { type ConnectionInfo, secureContextFor } from './refresh/connection-info.ts';
import { RateLimiter } from './refresh/rate-limiter.ts';

export class Connector implements Disposable {
  readonly #options: ResolvedOptions;
  readonly #api: AdminApiClient;
  readonly #dialer: Dialer;
  readonly #caches = new Map<string, ConnectionInfoCache>();
  readonly #closed = new AbortController();
  #clientKey: Promise<ClientKey> | undefined;

  /**
   * Reads the credentials; nothing is asked of any server before the first connection.
   *
   * @throws {ConnectorError} `INVALID_OPTION` or `CREDENTIALS_INVALID`.
   */
  constructor(options: ConnectorOptions = {}) {
    this.#options = resolveOptions(options);
    const { tokens: source, adminApiEndpoint: endpoint, userAgent, http, clock, random } = this.#options;
    const tokens = new TokenCache(source, clock);
    this.#api = new AdminApiClient({ endpoint, userAgent, tokens, http, clock, random });
    this.#dialer = new Dialer({ tokens, userAgent });
  }

  /**
   * Opens one authorised connection. It speaks PostgreSQL from its first byte; the caller owns it and ends it.
   *
   * @throws {ConnectorError} with the code of what failed, or the signal's reason when it was aborted.
   */
  async dial(instance: string | InstanceUri, options: ConnectOptions = {}): Promise<Connection> {
    const parsed = typeof instance === 'string' ? parseInstanceUri(instance) : instance;
    const uri = formatInstanceUri(parsed);
    const startedAt = performance.now();
    const outer = [this.#closed.signal, ...(options.signal === undefined ? [] : [options.signal])];
    try {
      const connection = await this.#dialWithin(parsed, options, outer);
      const { address, ipType } = connection;
      publishDial({ at: 'succeeded', instance: uri, address, ipType, durationMs: performance.now() - startedAt });
      return connection;
    } catch (cause) {
      for (const signal of outer) signal.throwIfAborted();
      const error = asConnectorError(uri, cause);
      publishDial({ at: 'failed', instance: uri, durationMs: performance.now() - startedAt, error });
      throw error;
    }
  }

  /**
   * What `pg` needs to connect to the instance: `new pg.Pool({ ...connector.getOptions(uri), user, password, database })`.
   * Every client that the pool opens dials anew.
   */
  getOptions(instance: string, options: Omit<ConnectOptions, 'signal'> = {}): PgStreamOptions {
    const parsed = parseInstanceUri(instance);
    return pgStream((signal) => this.dial(parsed, { ...options, signal }));
  }

  /** Ends background work and attempts under way. Connections that are open stay open. Idempotent. */
  close(): void {
    this.#closed.abort(new ConnectorError('CONNECTOR_CLOSED', 'Cannot connect: the connector has been closed'));
    for (const cache of this.#caches.values()) cache.close();
    this.#caches.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #dialWithin(instance: InstanceUri, options: ConnectOptions, outer: readonly AbortSignal[]): Promise<Connection> {
    const { ipType = 'PRIVATE', authType = 'DB_NATIVE' } = options;
    return withTimeLimit(this.#options.dialTimeoutMs, outer, async (signal) => {
      const info = await this.#cacheFor(instance).connectionInfo(signal);
      return this.#dialer.dial({ info, ipType, authType }, signal);
    });
  }

  #cacheFor(instance: InstanceUri): ConnectionInfoCache {
    const uri = formatInstanceUri(instance);
    const known = this.#caches.get(uri);
    if (known !== undefined) return known;
    const { clock } = this.#options;
    const limiter = new RateLimiter(clock);
    const fetch = (signal: AbortSignal): Promise<ConnectionInfo> => this.#fetchInfo(instance, signal);
    const cache = new AheadCache({ instance: uri, fetch, limiter, clock });
    this.#caches.set(uri, cache);
    return cache;
  }

  /** Asks the API twice, side by side, and combines the answers. */
  async #fetchInfo(instance: InstanceUri, signal: AbortSignal): Promise<ConnectionInfo> {
    const [{ addresses }, { key, reply }] = await Promise.all([
      this.#api.connectionInfo(instance, signal),
      this.#requestCertificate(instance, signal),
    ]);
    const [leaf] = reply.chain;
    try {
      return {
        instance,
        addresses,
        expiresAt: new X509Certificate(leaf).validToDate.getTime(),
        secureContext: secureContextFor({ chain: reply.chain, privateKey: key.privateKey, serverCa: reply.caCert }),
      };
    } catch (error) {
      const uri = formatInstanceUri(instance);
      const message = `Cannot use the client certificate that the Admin API made for "${uri}": ${reasonOf(error)}`;
      throw new ConnectorError('ADMIN_API_BAD_REPLY', message, { instance: uri, cause: error });
    }
  }

  async #requestCertificate(instance: InstanceUri, signal: AbortSignal) {
    const key = await orAborted(this.#key(), signal);
    return { key, reply: await this.#api.generateClientCertificate(instance, key.publicKey, signal) };
  }

  /** One key for the life of the connector: certificates are short-lived, keys need not be. */
  #key(): Promise<ClientKey> {
    this.#clientKey ??= generateClientKey();
    return this.#clientKey;
  }
}

function asConnectorError(instance: string, cause: unknown): ConnectorError {
  if (cause instanceof ConnectorError) return cause;
  if (cause instanceof TimeLimitError) {
    return new ConnectorError('DIAL_TIMEOUT', `Cannot connect to "${instance}": ${cause.message}`, {
      instance,
      cause,
      hint: 'check the route and the firewall between this machine and TCP port 5433 of the instance',
    });
  }
  return new ConnectorError('CONNECT_FAILED', `Cannot connect to "${instance}": ${reasonOf(cause)}`, {
    instance,
    cause,
  });
}
