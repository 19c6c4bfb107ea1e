// Durations as timers take them.

/** Timers count in 31 bits, and take a longer delay for none at all: 25 days stand for "however long". */
export function timerDelay(ms: number): number {
  return Math.min(Math.ceil(ms), 2 ** 31 - 1);
}

/** The system's timers for TCP keepalive count in whole seconds; Linux ignores a request for more than 15 bits of them. */
export function keepAliveDelay(ms: number): number {
  return Math.min(Math.ceil(ms / 1_000), 2 ** 15 - 1) * 1_000;
}
