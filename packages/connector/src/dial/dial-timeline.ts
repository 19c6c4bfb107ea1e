// When the phases of one dial began and how long they took, kept only while somebody listens to dials.

import { dialChannel, type DialPhase, type DialPhaseTiming } from '../events.ts';

export interface TimedPhase {
  readonly phase: DialPhase;
  /** Host and port that are tried. */
  readonly address?: string;
}

export class DialTimeline {
  readonly #phases: DialPhaseTiming[] = [];
  /** What turns the clock that never steps back into milliseconds since the epoch. */
  readonly #epoch = Date.now() - performance.now();
  readonly #startedAt = performance.now();

  /** Undefined when nobody listens: then nothing is measured. */
  static ifWanted(): DialTimeline | undefined {
    return dialChannel.hasSubscribers ? new DialTimeline() : undefined;
  }

  async measure<T>({ phase, address }: TimedPhase, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const note = (isFailed: boolean): void => {
      const durationMs = performance.now() - startedAt;
      this.#phases.push({ phase, startedAt: this.#epoch + startedAt, durationMs, address, isFailed });
    };
    try {
      const result = await work();
      note(false);
      return result;
    } catch (error) {
      note(true);
      throw error;
    }
  }

  /** What all events of a dial say about its time so far. */
  get facts(): {
    readonly startedAt: number;
    readonly durationMs: number;
    readonly phases: readonly DialPhaseTiming[];
  } {
    return {
      startedAt: this.#epoch + this.#startedAt,
      durationMs: performance.now() - this.#startedAt,
      phases: this.#phases,
    };
  }
}

/** Does the work, on the clock of a timeline if there is one. */
export function timed<T>(timeline: DialTimeline | undefined, phase: TimedPhase, work: () => Promise<T>): Promise<T> {
  return timeline === undefined ? work() : timeline.measure(phase, work);
}
