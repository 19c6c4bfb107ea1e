// How fast certificates age in the soak: in seconds what takes an hour elsewhere.

import type { RefreshOptions } from 'alloydb-connector';

/** Life of a certificate that the emulator issues, in milliseconds. */
export const certificateLifeMs = 6_000;

/** A certificate is renewed 3 seconds before its end; one that is refused is replaced at once. */
export const refresh: Omit<RefreshOptions, 'strategy'> = {
  bufferMs: 3_000,
  rate: { intervalMs: 500, burst: 2 },
  wallClockCheckMs: 1_000,
};

/** Certificates come at least this often; the wait is cut by chance, and the machine may be busy. In milliseconds. */
export const longestBetweenRefreshesMs = 4_000;
