// Clients on their way to a worker, and what becomes of them when it does not take them: it hangs, or has no file descriptors.

/** A client that is handed over. */
export interface HandedOver {
  /** Disconnects it, unless that has been done already. */
  giveUp(): void;
}

/** By ticks, and not by one long timer: a machine that was asleep, or processes that were stopped, have lost no more than one. */
const tickMs = 1_000;
const ticksToGiveUp = 10;

export class HandOver {
  readonly #onTheirWay = new Set<HandedOver>();
  #timer: NodeJS.Timeout | undefined;
  /** Those in a row in which clients were on their way and the worker took none. */
  #silentTicks = 0;
  #hasTaken = false;
  #isLate = false;

  /** Whether the worker has let a tick go by without taking any of its clients, and has shown no life since. */
  get isLate(): boolean {
    return this.#isLate;
  }

  add(client: HandedOver): void {
    this.#onTheirWay.add(client);
    this.#timer ??= setInterval(() => this.#tick(), tickMs);
  }

  /** The worker has it. */
  taken(client: HandedOver): void {
    this.#hasTaken = true;
    this.#isLate = false;
    this.#remove(client);
  }

  /** The client's session is over. One that the worker has had shows that it lives, and leaves descriptors behind. */
  over(client: HandedOver): void {
    if (!this.#onTheirWay.has(client)) this.#isLate = false;
    this.#remove(client);
  }

  /** The worker has ended. */
  clear(): void {
    this.#onTheirWay.clear();
    this.#stop();
  }

  #remove(client: HandedOver): void {
    this.#onTheirWay.delete(client);
    if (this.#onTheirWay.size === 0) this.#stop();
  }

  #tick(): void {
    this.#silentTicks = this.#hasTaken ? 0 : this.#silentTicks + 1;
    this.#hasTaken = false;
    if (this.#silentTicks === 0) return;
    this.#isLate = true;
    if (this.#silentTicks % ticksToGiveUp === 0) for (const client of this.#onTheirWay) client.giveUp();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#silentTicks = 0;
    this.#hasTaken = false;
  }
}
