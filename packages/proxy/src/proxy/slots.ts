// Counts the sessions against their limit.

export class Slots {
  readonly #limit: number;
  #taken = 0;

  /** @param limit most slots at one time; 0 is no limit. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Takes a slot at once, or says that there is none. The function returned gives it back, however often it is called. */
  tryTake(): (() => void) | undefined {
    if (this.#limit > 0 && this.#taken >= this.#limit) return undefined;
    this.#taken += 1;
    let held = true;
    return () => {
      if (held) this.#taken -= 1;
      held = false;
    };
  }
}
