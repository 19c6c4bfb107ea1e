// Durations as timers take them.

/** Timers count in 31 bits, and take a longer delay for none at all: 25 days stand for "however long". */
export function timerDelay(ms: number): number {
  return Math.min(Math.ceil(ms), 2 ** 31 - 1);
}
