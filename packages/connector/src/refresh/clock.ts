// Time as a parameter: what the connector needs of a clock.

export interface Timer {
  clear(): void;
}

export interface Clock {
  /** Wall-clock time in milliseconds since the epoch: certificates expire by it. */
  now(): number;
  /** Calls back once after `delayMs`. The timer never keeps the process alive. */
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
