// What has happened so far, counted for those who test against the emulator.

import type { Clock } from './clock.ts';
import type { ApiMethod, TokenGrant } from './faults/fault.ts';

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

/** One call of the Admin API, whatever its answer was. */
export interface ApiCallRecord {
  readonly method: ApiMethod;
  /** Name of the instance or cluster, without the call's own words. */
  readonly resource: string;
  /** When it came, in milliseconds since the epoch by the emulator's clock. */
  readonly at: number;
  /** Undefined when its token was missing, unknown or expired. */
  readonly principal: string | undefined;
  readonly userAgent: string | undefined;
  /** The header `x-goog-user-project`. */
  readonly quotaProject: string | undefined;
}

/** One request for a token, whatever its answer was. */
export interface TokenRequestRecord {
  readonly grant: TokenGrant | 'unknown';
  /** As {@link ApiCallRecord.at}. */
  readonly at: number;
}

export interface Statistics {
  readonly apiCalls: Readonly<Record<ApiMethod, number>>;
  /** The latest 10,000 calls in the order in which they came. */
  readonly apiCallLog: readonly ApiCallRecord[];
  /** All of them together. */
  readonly tokenRequests: number;
  readonly tokenRequestsByGrant: Readonly<Record<TokenGrant | 'unknown', number>>;
  /** The latest 10,000 requests in the order in which they came. */
  readonly tokenRequestLog: readonly TokenRequestRecord[];
  /** By instance URI. */
  readonly connections: Readonly<Record<string, ConnectionCounts>>;
}

export type ConnectionEvent = 'accepted' | 'refused' | 'authorized' | 'closed';

const MAX_LOG = 10_000;

export class StatisticsCounter {
  readonly #clock: Clock;
  readonly #apiCalls: Record<ApiMethod, number> = {
    connectionInfo: 0,
    generateClientCertificate: 0,
    getCluster: 0,
    getInstance: 0,
    getOperation: 0,
    listClusters: 0,
    listInstances: 0,
    updateInstance: 0,
  };
  readonly #apiCallLog: ApiCallRecord[] = [];
  readonly #tokenRequests: Record<TokenGrant | 'unknown', number> = {
    'jwt-bearer': 0,
    'refresh-token': 0,
    'token-exchange': 0,
    impersonation: 0,
    metadata: 0,
    unknown: 0,
  };
  readonly #tokenRequestLog: TokenRequestRecord[] = [];
  readonly #connections = new Map<string, Record<ConnectionEvent, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  countApiCall(call: Omit<ApiCallRecord, 'at'>): void {
    this.#apiCalls[call.method] += 1;
    append(this.#apiCallLog, { ...call, at: this.#clock.now() });
  }

  countTokenRequest(grant: TokenGrant | 'unknown'): void {
    this.#tokenRequests[grant] += 1;
    append(this.#tokenRequestLog, { grant, at: this.#clock.now() });
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
      apiCallLog: [...this.#apiCallLog],
      tokenRequests: Object.values(this.#tokenRequests).reduce((sum, count) => sum + count, 0),
      tokenRequestsByGrant: { ...this.#tokenRequests },
      tokenRequestLog: [...this.#tokenRequestLog],
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

/** A log that is only ever read at its end must not grow for as long as the emulator runs. */
function append<T>(log: T[], entry: T): void {
  log.push(entry);
  if (log.length > MAX_LOG) log.shift();
}
