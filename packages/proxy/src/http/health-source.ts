// What the health endpoints ask about the proxy.

import type { LifecycleState } from '../proxy/lifecycle.ts';
import type { LimitRefusal } from '../proxy/slot-admission.ts';

/** What dialling one instance, without a client, has shown. */
export interface BackendReport {
  /** Short name of the instance. */
  readonly instance: string;
  readonly error: Error | undefined;
}

export interface HealthSource {
  readonly state: LifecycleState;
  /** The last one because of a limit of the whole program; undefined if there was none. */
  readonly lastRefusal: LimitRefusal | undefined;
  /** Dials every instance once and hangs up again. Reports failures, never rejects because of one. */
  checkBackends(signal: AbortSignal): Promise<readonly BackendReport[]>;
}
