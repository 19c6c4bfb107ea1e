// The clock that decides when tokens and certificates begin and end.

/** Milliseconds since the Unix epoch, as `Date.now` gives them. TLS itself always looks at the machine's clock. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
