// The seam behind which connection info is kept, whatever decides when it is renewed.

import type { ConnectionInfo } from './connection-info.ts';

export interface ConnectionInfoCache {
  /**
   * The info to dial with now. Callers share one refresh; aborting one caller's signal ends only that caller's wait.
   *
   * @throws {ConnectorError} when there is no valid certificate and none can be had.
   */
  connectionInfo(signal: AbortSignal): Promise<ConnectionInfo>;
  /** Says that the info is of no use any more; the next caller waits for new info. */
  forceRefresh(): void;
  /** Ends all timers and waits. Idempotent. */
  close(): void;
}
