// What the health endpoints ask about the proxy.

import type { LifecycleState } from '../proxy/lifecycle.ts';

/** What dialling one instance, without a client, has shown. */
export interface BackendReport {
  /** Short name of the instance. */
  readonly instance: string;
  readonly error: Error | undefined;
}

export interface HealthSource {
  readonly state: LifecycleState;
  /** The limit that --max-connections sets; 0 is none. */
  readonly maxConnections: number;
  /** `performance.now()` when a client was last refused because of that limit; undefined if none ever was. */
  readonly lastRefusalMs: number | undefined;
  /** Dials every instance once and hangs up again. Reports failures, never rejects because of one. */
  checkBackends(signal: AbortSignal): Promise<readonly BackendReport[]>;
}
