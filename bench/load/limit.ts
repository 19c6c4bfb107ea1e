// A limit of time for a run of load: a proxy that loses a byte must not stop the whole benchmark.

const runLimitMs = 120_000;

/** @throws {Error} when the run is not over in time, or one of its connections breaks. */
export async function within<T>(run: Promise<T>, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} did not end within ${runLimitMs / 1000} s`)), runLimitMs);
  try {
    return await Promise.race([run, promise]);
  } finally {
    clearTimeout(timer);
  }
}
