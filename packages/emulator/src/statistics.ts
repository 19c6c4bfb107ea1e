// What has happened so far, counted for those who test against the emulator.

import type { ApiMethod } from './faults/fault.ts';

export interface ConnectionCounts {
  /** TCP connections taken by the server-side proxy. */
  readonly accepted: number;
  /** Connections that ended in the TLS handshake, refused client certificates among them. */
  readonly refused: number;
  /** Connections let through to PostgreSQL's own login: the metadata exchange said OK, or none was agreed. */
  readonly authorized: number;
  /** Connections open now. */
  readonly open: number;
}

export interface Statistics {
  readonly apiCalls: Readonly<Record<ApiMethod, number>>;
  readonly tokenRequests: number;
  /** By instance URI. */
  readonly connections: Readonly<Record<string, ConnectionCounts>>;
}

export type ConnectionEvent = 'accepted' | 'refused' | 'authorized' | 'closed';

export class StatisticsCounter {
  readonly #apiCalls: Record<ApiMethod, number> = {
    connectionInfo: 0,
    generateClientCertificate: 0,
    getInstance: 0,
    listInstances: 0,
  };
  readonly #connections = new Map<string, Record<ConnectionEvent, number>>();
  #tokenRequests = 0;

  countApiCall(method: ApiMethod): void {
    this.#apiCalls[method] += 1;
  }

  countTokenRequest(): void {
    this.#tokenRequests += 1;
  }

  countConnection(instance: string, event: ConnectionEvent): void {
    this.#eventsOf(instance)[event] += 1;
  }

  snapshot(instances: readonly string[]): Statistics {
    const connections = instances.map((instance) => {
      const { accepted, refused, authorized, closed } = this.#eventsOf(instance);
      return [instance, { accepted, refused, authorized, open: accepted - closed }] as const;
    });
    return {
      apiCalls: { ...this.#apiCalls },
      tokenRequests: this.#tokenRequests,
      connections: Object.fromEntries(connections),
    };
  }

  #eventsOf(instance: string): Record<ConnectionEvent, number> {
    const known = this.#connections.get(instance);
    if (known !== undefined) return known;
    const events = { accepted: 0, refused: 0, authorized: 0, closed: 0 };
    this.#connections.set(instance, events);
    return events;
  }
}
