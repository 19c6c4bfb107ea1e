// Notices that no client has been connected for a given time.

export interface VacancyOptions {
  readonly limitMs: number;
  /** Called when the time is up; once, unless clients come and go afterwards. */
  readonly onLapse: () => void;
}

/** One timer for the whole process, which runs only while nobody is there. */
export class Vacancy {
  readonly #options: VacancyOptions;
  #timer: NodeJS.Timeout | undefined;
  #present = 0;
  #isWatching = false;

  constructor(options: VacancyOptions) {
    this.#options = options;
  }

  /** The time begins now if nobody is there. */
  watch(): void {
    this.#isWatching = true;
    this.#reckon();
  }

  enter(): void {
    this.#present += 1;
    this.#reckon();
  }

  leave(): void {
    this.#present -= 1;
    this.#reckon();
  }

  /** Idempotent. */
  close(): void {
    this.#isWatching = false;
    this.#reckon();
  }

  #reckon(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isWatching || this.#present > 0) return;
    this.#timer = setTimeout(this.#options.onLapse, this.#options.limitMs);
  }
}
