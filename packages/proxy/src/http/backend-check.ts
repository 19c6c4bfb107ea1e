// Dials every instance for /startup: one round at a time, whose result counts for a while.

import type { Logger } from '../observability/logger.ts';
import type { BackendReport, HealthSource } from './health-source.ts';

/** What the last round has found; `problem` is undefined when all is well. */
type State =
  | { readonly at: 'unknown' }
  | { readonly at: 'checking'; readonly problem: Promise<string | undefined> }
  | { readonly at: 'known'; readonly problem: string | undefined; readonly untilMs: number };

export interface BackendCheckOptions {
  readonly source: Pick<HealthSource, 'checkBackends'>;
  readonly logger: Logger;
  /** A clock in milliseconds that never steps back. */
  readonly now: () => number;
}

/** Probes come every few seconds, from several sides; each dial costs the instance a TLS handshake. */
export const goodForMs = 30_000;
/** A failure counts for less: whoever waits for the start should learn soon that the instance is there. */
export const badForMs = 5_000;
// A round ends by then, whatever the dialler's own limits are.
const roundLimitMs = 60_000;

export class BackendCheck {
  readonly #options: BackendCheckOptions;
  #state: State = { at: 'unknown' };

  constructor(options: BackendCheckOptions) {
    this.#options = options;
  }

  /**
   * Names the instances that cannot be connected, and why; undefined when all can. A caller that leaves does not end the
   * round: a probe with a time limit of a second finds the result the next time.
   */
  async problem(closing: AbortSignal): Promise<string | undefined> {
    const state = this.#state;
    if (state.at === 'checking') return state.problem;
    if (state.at === 'known' && this.#options.now() < state.untilMs) return state.problem;
    const problem = this.#check(closing);
    this.#state = { at: 'checking', problem };
    return problem;
  }

  async #check(closing: AbortSignal): Promise<string | undefined> {
    const { source, now } = this.#options;
    let problem: string | undefined;
    try {
      const reports = await source.checkBackends(AbortSignal.any([closing, AbortSignal.timeout(roundLimitMs)]));
      problem = this.#problemOf(reports);
    } catch (error) {
      problem = `the check itself failed: ${error instanceof Error ? error.message : String(error)}`;
    }
    this.#state = { at: 'known', problem, untilMs: now() + (problem === undefined ? goodForMs : badForMs) };
    return problem;
  }

  #problemOf(reports: readonly BackendReport[]): string | undefined {
    const lines: string[] = [];
    for (const { instance, error } of reports) {
      if (error === undefined) continue;
      // Those who send probes keep the status at most; the reason must be found in the log.
      this.#options.logger.warn(`[${instance}] backend check failed: ${error.message}`);
      lines.push(`cannot connect to ${instance}: ${error.message}`);
    }
    return lines.length === 0 ? undefined : lines.join('\n');
  }
}
