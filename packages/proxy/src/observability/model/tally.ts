// Counts by name.

export class Tally<Name extends string> implements Iterable<readonly [Name, number]> {
  readonly #counts: Map<Name, number>;

  /** @param known names that are there from the beginning, with 0: a counter that appears with its first count hides it. */
  constructor(known: readonly Name[] = []) {
    this.#counts = new Map(known.map((name) => [name, 0]));
  }

  add(name: Name): void {
    this.#counts.set(name, this.of(name) + 1);
  }

  of(name: Name): number {
    return this.#counts.get(name) ?? 0;
  }

  get total(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }

  [Symbol.iterator](): IterableIterator<readonly [Name, number]> {
    return this.#counts.entries();
  }
}
