// When a certificate is renewed: the schedule shared by the AlloyDB connectors, as pure functions.

const hourMs = 60 * 60_000;

/**
 * How long before its expiry a certificate counts as too old to dial with, in milliseconds. Four minutes, as in the
 * official connectors: a server whose clock is ahead must still accept it.
 */
export const defaultRefreshBufferMs = 4 * 60_000;

/**
 * How long to wait before renewing a certificate, in milliseconds: half of what is left if that is an hour or more, up to
 * the buffer if it is less, not at all if no more than the buffer is left.
 */
export function refreshDelayMs(now: number, expiresAt: number, bufferMs: number = defaultRefreshBufferMs): number {
  const leftMs = expiresAt - now;
  if (leftMs >= hourMs) return Math.floor(leftMs / 2);
  return Math.max(0, leftMs - bufferMs);
}
