// How much is measured: the quick form for every change, and the full one that is run by hand.

export interface Size {
  readonly rounds: number;
  readonly bulkBytes: number;
  readonly roundTripMs: number;
  readonly churnConnections: number;
  /** Opened before, unmeasured: compilers of JavaScript go on for thousands. */
  readonly churnWarmUp: number;
  /** Numbers of idle connections, each on a fresh process. */
  readonly idle: readonly number[];
  readonly idleSettleMs: number;
  readonly pgbenchSeconds: number;
  readonly pgbenchRounds: number;
  readonly pgbenchCases: readonly PgbenchCase[];
  readonly starts: number;
  readonly restMs: number;
  /** Round trips to the server, in milliseconds. */
  readonly distancesMs: readonly number[];
  readonly distantConnections: number;
}

export interface PgbenchCase {
  readonly script: 'select-only' | 'tpcb-like';
  readonly clients: number;
}

const scripts = ['select-only', 'tpcb-like'] as const;

export const full: Size = {
  rounds: 5,
  bulkBytes: 1e9,
  roundTripMs: 3_000,
  churnConnections: 3_000,
  churnWarmUp: 8_000,
  idle: [1_000, 5_000],
  idleSettleMs: 3_000,
  pgbenchSeconds: 8,
  pgbenchRounds: 3,
  pgbenchCases: scripts.flatMap((script) => [1, 16, 64].map((clients) => ({ script, clients }))),
  starts: 7,
  restMs: 2_000,
  distancesMs: [10, 50, 100],
  distantConnections: 20,
};

export const quick: Size = {
  rounds: 2,
  bulkBytes: 250e6,
  roundTripMs: 700,
  churnConnections: 250,
  churnWarmUp: 250,
  idle: [500],
  idleSettleMs: 1_000,
  pgbenchSeconds: 2,
  pgbenchRounds: 1,
  pgbenchCases: [
    { script: 'select-only', clients: 1 },
    { script: 'select-only', clients: 16 },
    { script: 'tpcb-like', clients: 16 },
  ],
  starts: 3,
  restMs: 500,
  distancesMs: [50],
  distantConnections: 5,
};
