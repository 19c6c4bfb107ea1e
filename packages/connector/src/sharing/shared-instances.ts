// Connection info that another process keeps fresh, and the credentials behind it.

import type { Credentials } from '../credentials/credentials.ts';
import { formatInstanceUri, type InstanceUri } from '../instance/uri.ts';
import type { ConnectionInfoCache } from '../refresh/cache.ts';
import { type ConnectionInfo, secureContextFor } from '../refresh/connection-info.ts';
import type { SharedSource } from './shared-source.ts';

export class SharedInstances {
  readonly #source: SharedSource;
  readonly #caches = new Map<string, SharedCache>();
  #principal: string | undefined;

  constructor(source: SharedSource) {
    this.#source = source;
  }

  of(instance: InstanceUri): ConnectionInfoCache {
    const uri = formatInstanceUri(instance);
    const known = this.#caches.get(uri);
    if (known !== undefined) return known;
    const created = new SharedCache(instance, this.#source, (principal) => {
      this.#principal = principal;
    });
    this.#caches.set(uri, created);
    return created;
  }

  /** The credentials as they are seen from here. */
  get credentials(): Credentials {
    const source = this.#source;
    return {
      api: { token: (_scope, signal) => source.token('api', signal) },
      login: { token: (_scope, signal) => source.token('login', signal) },
      principal: () => this.#principal,
      quotaProject: () => undefined,
      project: () => Promise.resolve(undefined),
      universeDomain: () => 'googleapis.com',
      generation: () => 0,
      drop: (token) => source.dropToken(token),
      close: () => undefined,
    };
  }

  close(): void {
    this.#caches.clear();
  }
}

/** Asks for each dial whether its info is still the one to dial with; keys and certificates travel once. */
class SharedCache implements ConnectionInfoCache {
  readonly #instance: InstanceUri;
  readonly #source: SharedSource;
  readonly #onPrincipal: (principal: string | undefined) => void;
  #held: { readonly id: number; readonly info: ConnectionInfo } | undefined;

  constructor(instance: InstanceUri, source: SharedSource, onPrincipal: (principal: string | undefined) => void) {
    this.#instance = instance;
    this.#source = source;
    this.#onPrincipal = onPrincipal;
  }

  async connectionInfo(signal: AbortSignal): Promise<ConnectionInfo> {
    const held = this.#held;
    const shared = await this.#source.connectionInfo(formatInstanceUri(this.#instance), held?.id, signal);
    this.#onPrincipal(shared.principal);
    // Another caller may have been faster: one context serves all connections.
    const known = [held, this.#held].find((each) => each?.id === shared.id);
    if (known !== undefined) return known.info;
    const { id, addresses, expiresAt, identity } = shared;
    if (identity === undefined) throw new Error('the shared connection info came without its key');
    const secureContext = secureContextFor(identity);
    const info = { instance: this.#instance, addresses, expiresAt, secureContext, identity };
    this.#held = { id, info };
    return info;
  }

  isCurrent(info: ConnectionInfo): boolean {
    return this.#held?.info === info && Date.now() < info.expiresAt;
  }

  forceRefresh(refused: ConnectionInfo): void {
    if (this.#held?.info === refused) this.#source.refused(formatInstanceUri(this.#instance), this.#held.id);
  }

  checkClock(): void {
    // Whoever keeps it fresh looks at the clock.
  }

  release(): void {
    // As above.
  }

  close(): void {
    this.#held = undefined;
  }
}
