// How connection info is kept fresh: the options of a connector, with their defaults.

import { ConnectorError } from '../errors.ts';
import type { RateLimiterOptions } from './rate-limiter.ts';
import { defaultRefreshBufferMs } from './schedule.ts';

export interface RefreshOptions {
  /** `ahead` renews in the background; `lazy` only when somebody dials. Default `ahead`. */
  readonly strategy?: 'ahead' | 'lazy';
  /** With less than this left, a certificate is renewed, in milliseconds. Default 240,000, as in the official connectors. */
  readonly bufferMs?: number;
  /** Life to ask for in a certificate, in milliseconds. Default 3,600,000; the API takes 1 h to 24 h as a hint. */
  readonly certificateDurationMs?: number;
  /** How often the Admin API may be asked for one instance. Default once in 30 s with a burst of 2. */
  readonly rate?: RateLimiterOptions;
  /** Time between two looks at the wall clock that notice a sleep, in milliseconds. Default 60,000. */
  readonly wallClockCheckMs?: number;
}

export interface ResolvedRefreshOptions {
  readonly strategy: 'ahead' | 'lazy';
  readonly bufferMs: number;
  readonly certificateDurationMs: number;
  readonly rate: Required<RateLimiterOptions>;
  readonly wallClockCheckMs: number;
}

/** @throws {ConnectorError} `INVALID_OPTION` */
export function resolveRefreshOptions(options: RefreshOptions): ResolvedRefreshOptions {
  const { strategy = 'ahead', rate = {} } = options;
  return {
    strategy,
    bufferMs: positive('refresh.bufferMs', options.bufferMs ?? defaultRefreshBufferMs),
    certificateDurationMs: positive('refresh.certificateDurationMs', options.certificateDurationMs ?? 3_600_000),
    rate: {
      intervalMs: positive('refresh.rate.intervalMs', rate.intervalMs ?? 30_000),
      burst: positive('refresh.rate.burst', rate.burst ?? 2),
    },
    wallClockCheckMs: positive('refresh.wallClockCheckMs', options.wallClockCheckMs ?? 60_000),
  };
}

/** @throws {ConnectorError} `INVALID_OPTION` */
export function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new ConnectorError('INVALID_OPTION', `Cannot use ${value} as ${name}: it must be a positive number`);
}
