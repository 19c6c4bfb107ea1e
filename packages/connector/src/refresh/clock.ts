// Time as a parameter: what the connector needs of a clock.

export interface Timer {
  clear(): void;
}

export interface Clock {
  /** Wall-clock time in milliseconds since the epoch: certificates expire by it. */
  now(): number;
  /**
   * Calls back once after `delayMs`. The timer does not keep the process alive: most of them stand for background work, and
   * a caller that waits is kept by the time limit of its own wait.
   */
  setTimer(delayMs: number, callback: () => void): Timer;
}

// setTimeout fires at once beyond this; a timer that comes early only computes its schedule again.
const longestDelayMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, longestDelayMs)).unref();
    return { clear: () => clearTimeout(timer) };
  },
};
