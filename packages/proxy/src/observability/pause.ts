// A wait that somebody else can cut short.

export class Pause {
  #waiting: { readonly timer: NodeJS.Timeout; readonly resolve: () => void } | undefined;

  /** One at a time. The process stays alive meanwhile. */
  wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { timer: setTimeout(() => this.end(), ms), resolve };
    return promise;
  }

  /** Nothing when nobody waits. */
  end(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    clearTimeout(waiting.timer);
    waiting.resolve();
  }
}
