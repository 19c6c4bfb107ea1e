// The Connector: connects to any number of instances with one identity, one client key and a cache for each instance.

import { TimeLimitError, withTimeLimit } from './abort.ts';
import { adminApiOf } from './admin-api/of-options.ts';
import { DialTimeline, timed } from './dial/dial-timeline.ts';
import { type Connection, defaultCandidateLimitMs, Dialer } from './dial/dialer.ts';
import type { Dial } from './drivers/dialing-stream.ts';
import { type LocalProxy, type LocalProxyOptions, startLocalProxy } from './drivers/local-proxy.ts';
import { type PgStreamOptions, pgStream } from './drivers/pg.ts';
import { type PostgresJsOptions, postgresJsSocket } from './drivers/postgres.ts';
import { ConnectorError, type ErrorCode, reasonOf } from './errors.ts';
import { publishDial } from './events.ts';
import { InstanceCache } from './instance-cache.ts';
import { formatInstanceUri, type InstanceUri, parseInstanceUri, shortInstanceName } from './instance/uri.ts';
import { share } from './sharing/share.ts';
import type { SharedSource } from './sharing/shared-source.ts';
import { type ConnectOptions, type ConnectorOptions, type ResolvedOptions, resolveOptions } from './options.ts';

// What new connection info can mend: the cluster's authority was replaced, the certificate was withdrawn, or the instance has got the address since.
const mendedByRefresh: ReadonlySet<ErrorCode> = new Set([
  'CLIENT_CERTIFICATE_REFUSED',
  'SERVER_CERTIFICATE_REJECTED',
  'ADDRESS_MISSING',
]);

/** How far a dial has come, for the words of a time-out. */
interface Progress {
  step: 'waiting for connection info' | 'connecting';
}

/** What is noted about a dial while it goes on. */
interface Attempt {
  readonly progress: Progress;
  readonly timeline: DialTimeline | undefined;
}

const hints: Readonly<Record<Progress['step'], string>> = {
  'waiting for connection info':
    'check that this machine can reach the Admin API; after failures it is asked again once in 30 seconds only',
  connecting: 'check the route and the firewall between this machine and TCP port 5433 of the instance',
};

export class Connector implements Disposable {
  readonly #options: ResolvedOptions;
  readonly #instances: Pick<InstanceCache, 'of' | 'close'>;
  readonly #dialer: Dialer;
  #source: SharedSource | undefined;
  readonly #closed = new AbortController();

  /**
   * Reads the credentials; nothing is asked of any server before the first connection.
   *
   * @throws {ConnectorError} `INVALID_OPTION` or `CREDENTIALS_INVALID`.
   */
  constructor(options: ConnectorOptions = {}) {
    this.#options = resolveOptions(options);
    const { credentials, userAgent, clock, random, refresh, staticInfo, shared } = this.#options;
    const api = adminApiOf(this.#options);
    const credentialGeneration = (): number => credentials.generation();
    this.#instances = shared ?? new InstanceCache({ api, refresh, staticInfo, clock, random, credentialGeneration });
    const { connect, openTransport, describeRoute, dialTimeoutMs } = this.#options;
    // A quarter: three kinds of address, and the connection info before them, fit into a short limit too.
    const candidateLimitMs = Math.min(defaultCandidateLimitMs, dialTimeoutMs / 4);
    this.#dialer = new Dialer({
      credentials,
      userAgent,
      connect,
      openTransport,
      describeRoute,
      candidateLimitMs,
      isCurrent: (info) => this.#instances.of(info.instance).isCurrent(info),
      now: () => clock.now(),
    });
  }

  /**
   * Opens one authorised connection. It speaks PostgreSQL from its first byte; the caller owns it and ends it.
   *
   * @throws {ConnectorError} with the code of what failed, or the signal's reason when it was aborted.
   */
  async dial(instance: string | InstanceUri, options: ConnectOptions = {}): Promise<Connection> {
    const parsed = typeof instance === 'string' ? parseInstanceUri(instance) : instance;
    const uri = formatInstanceUri(parsed);
    const timeline = DialTimeline.ifWanted();
    const { reference } = options;
    const progress: Progress = { step: 'waiting for connection info' };
    const outer = [this.#closed.signal, ...(options.signal === undefined ? [] : [options.signal])];
    try {
      const connection = await withTimeLimit(this.#options.dialTimeoutMs, outer, (signal) =>
        this.#dialWithRetry(parsed, options, { progress, timeline }, signal),
      );
      if (timeline !== undefined) {
        const { address, ipType, choice, route } = connection;
        publishDial({ at: 'succeeded', instance: uri, reference, ...timeline.facts, address, ipType, choice, route });
      }
      return connection;
    } catch (cause) {
      if (timeline !== undefined && outer.some(({ aborted }) => aborted)) {
        publishDial({ at: 'aborted', instance: uri, reference, ...timeline.facts });
      }
      for (const signal of outer) signal.throwIfAborted();
      const error = asConnectorError(uri, progress, cause);
      if (timeline !== undefined) publishDial({ at: 'failed', instance: uri, reference, ...timeline.facts, error });
      throw error;
    }
  }

  /**
   * Gets connection info in the background, so that the first connection finds it ready. The moment is spread by chance
   * over `spreadMs` (default 1,000): copies that start together do not ask together. Does nothing for lazy refresh.
   *
   * @throws {ConnectorError} `INVALID_INSTANCE_URI`
   */
  warm(instance: string | InstanceUri, { spreadMs = 1_000 }: { readonly spreadMs?: number } = {}): void {
    const parsed = typeof instance === 'string' ? parseInstanceUri(instance) : instance;
    const { clock, random, refresh } = this.#options;
    if (refresh.strategy === 'lazy') return;
    clock.setTimer(random() * spreadMs, () => {
      if (this.#closed.signal.aborted) return;
      // Failures are published where they happen; the next connection tries again.
      this.#instances
        .of(parsed)
        .connectionInfo(this.#closed.signal)
        .catch(() => undefined);
    });
  }

  /**
   * Resolves once there is connection info to dial the instance with.
   *
   * @throws {ConnectorError} when there is none to be had; the signal's reason when it was aborted.
   */
  async ready(instance: string | InstanceUri, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const parsed = typeof instance === 'string' ? parseInstanceUri(instance) : instance;
    await this.#instances.of(parsed).connectionInfo(AbortSignal.any([signal, this.#closed.signal]));
  }

  /**
   * What `pg` needs to connect to the instance: `new pg.Pool({ ...connector.getOptions(uri), user, password, database })`.
   * Every client that the pool opens dials anew.
   */
  getOptions(instance: string, options: Omit<ConnectOptions, 'signal' | 'reference'> = {}): PgStreamOptions {
    return pgStream(this.#dialTo(parseInstanceUri(instance), options));
  }

  /** What postgres.js needs: `postgres({ ...connector.postgresOptions(uri), username, password, database })`. */
  postgresOptions(instance: string, options: Omit<ConnectOptions, 'signal' | 'reference'> = {}): PostgresJsOptions {
    const parsed = parseInstanceUri(instance);
    return postgresJsSocket({ dial: this.#dialTo(parsed, options), name: shortInstanceName(parsed) });
  }

  /**
   * Listens on this machine for programs and drivers that only know host and port, and dials the instance for each client.
   *
   * @throws {ConnectorError} `LISTEN_FAILED`
   */
  startLocalProxy(
    instance: string,
    options: LocalProxyOptions & Omit<ConnectOptions, 'signal' | 'reference'> = {},
  ): Promise<LocalProxy> {
    return startLocalProxy(this.#dialTo(parseInstanceUri(instance), options), options);
  }

  /**
   * Ends the renewing of an instance that nobody is going to connect to any more. A later connection begins it anew.
   *
   * @throws {ConnectorError} `INVALID_INSTANCE_URI`
   */
  release(instance: string | InstanceUri): void {
    this.#instances.of(typeof instance === 'string' ? parseInstanceUri(instance) : instance).release();
  }

  /** Whom the tokens are for, as far as that is known without asking: an e-mail address. */
  principal(): string | undefined {
    return this.#options.credentials.principal();
  }

  /** What connectors of other processes need to dial with this one's certificates and tokens. */
  share(): SharedSource {
    this.#source ??= share({
      cacheOf: (instance) => this.#instances.of(instance),
      credentials: this.#options.credentials,
    });
    return this.#source;
  }

  /** Ends background work and attempts under way. Connections that are open stay open. Idempotent. */
  close(): void {
    this.#closed.abort(new ConnectorError('CONNECTOR_CLOSED', 'Cannot connect: the connector has been closed'));
    this.#instances.close();
    this.#options.credentials.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #dialTo(
    instance: InstanceUri,
    { ipType, authType, dialAddress }: Omit<ConnectOptions, 'signal' | 'reference'>,
  ): Dial {
    const chosen = { ...(ipType && { ipType }), ...(authType && { authType }), dialAddress };
    return (signal) => this.dial(instance, { ...chosen, signal });
  }

  /** What new connection info or a new token can mend is tried once more with it, all within the same limit. */
  async #dialWithRetry(
    instance: InstanceUri,
    options: ConnectOptions,
    { progress, timeline }: Attempt,
    signal: AbortSignal,
  ): Promise<Connection> {
    const { ipType = 'PRIVATE', authType = 'DB_NATIVE', dialAddress } = options;
    const cache = this.#instances.of(instance);
    const info = await timed(timeline, { phase: 'cache' }, () => cache.connectionInfo(signal));
    const request = { ipType, authType, dialAddress, timeline };
    progress.step = 'connecting';
    try {
      return await this.#dialer.dial({ ...request, info }, signal);
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      if (mendedByRefresh.has(error.code)) {
        cache.forceRefresh(info);
        const asked = timed(timeline, { phase: 'cache' }, () => cache.connectionInfo(signal));
        const renewed = await asked.catch((later: unknown) => {
          // Out of time while the Admin API may not be asked again yet: the refusal is the better explanation.
          throw signal.reason instanceof TimeLimitError ? error : later;
        });
        if (renewed === info) throw error;
        return await this.#dialer.dial({ ...request, info: renewed }, signal);
      }
      // The dialer has dropped the token that was refused, so this attempt asks for another.
      if (error.code !== 'EXCHANGE_UNAUTHENTICATED') throw error;
      return await this.#dialer.dial({ ...request, info }, signal);
    }
  }
}

function asConnectorError(instance: string, { step }: Progress, cause: unknown): ConnectorError {
  if (cause instanceof ConnectorError) return cause;
  if (cause instanceof TimeLimitError) {
    return new ConnectorError('DIAL_TIMEOUT', `Cannot connect to "${instance}": ${cause.message}, ${step}`, {
      instance,
      cause,
      hint: hints[step],
    });
  }
  return new ConnectorError('CONNECT_FAILED', `Cannot connect to "${instance}": ${reasonOf(cause)}`, {
    instance,
    cause,
  });
}
