// The seam behind which connection info is kept, whatever decides when it is renewed.

import type { ConnectionInfo } from './connection-info.ts';

export interface ConnectionInfoCache {
  /**
   * The info to dial with now. Callers share one refresh; aborting one caller's signal ends only that caller's wait.
   *
   * @throws {ConnectorError} when there is no valid certificate and none can be had.
   */
  connectionInfo(signal: AbortSignal): Promise<ConnectionInfo>;
  /**
   * Says that a server refused this info. If it is still the current one, the next caller waits for new info; a storm of
   * refusals of the same info costs one refresh. While the Admin API may not be asked again yet, a certificate that is
   * still valid goes on being given out: what looks like a refusal may have been a server that went away for a moment, and
   * nobody is to wait for the limiter because of that.
   */
  forceRefresh(refused: ConnectionInfo): void;
  /** Whether a dial now would be made with this info. Asks nobody, and starts nothing. */
  isCurrent(info: ConnectionInfo): boolean;
  /** Compares the wall clock with what is due. Called about once a minute: timers stand still while a machine sleeps. */
  checkClock(): void;
  /** Nobody is going to dial with it: it is not renewed any more until somebody asks for it again. */
  release(): void;
  /** Ends all timers and waits. Idempotent. */
  close(): void;
}
