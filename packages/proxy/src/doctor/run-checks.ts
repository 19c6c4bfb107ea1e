// Runs checks side by side, each as soon as what it needs has passed, and all of them within one limit.

import { formatSeconds, orAborted, TimeLimitError, withTimeLimit } from 'alloydb-connector/probe';
import { type Check, type CheckResult, fail, failWith, type Finding, skip } from './check.ts';

export interface RunChecksOptions {
  /** Limit for all of them, in milliseconds. */
  readonly limitMs: number;
  /** Told of each result in the order of the checks, as soon as it and all before it are there. */
  readonly onResult: (result: CheckResult) => void;
}

const defaultLimitMs = 8_000;

/** Resolves with the results in the order of the checks. A need that is not among them is run, and not reported. */
export async function runChecks(
  checks: readonly Check[],
  { limitMs, onResult }: RunChecksOptions,
): Promise<readonly CheckResult[]> {
  return withTimeLimit(limitMs, [], async (signal) => {
    const run = new ChecksUnderWay(signal);
    for (const check of checks) void run.settle(check);
    const results: CheckResult[] = [];
    for (const check of checks) {
      const { finding, durationMs } = await run.settle(check);
      const { id, title, instance } = check;
      const fix = 'fix' in finding ? finding.fix : undefined;
      const result = { id, title, instance, status: finding.status, evidence: finding.evidence, fix, durationMs };
      results.push(result);
      onResult(result);
    }
    return results;
  });
}

interface Outcome {
  readonly finding: Finding;
  readonly durationMs: number;
  /** The failure that this goes back to: its own, or that of a check before it. */
  readonly cause: string | undefined;
}

class ChecksUnderWay {
  readonly #signal: AbortSignal;
  readonly #outcomes = new Map<Check, Promise<Outcome>>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  settle(check: Check): Promise<Outcome> {
    const known = this.#outcomes.get(check);
    if (known !== undefined) return known;
    const outcome = this.#run(check);
    this.#outcomes.set(check, outcome);
    return outcome;
  }

  async #run(check: Check): Promise<Outcome> {
    const values = new Map<Check, unknown>();
    for (const need of check.needs) {
      const { finding, cause } = await this.settle(need);
      if (!('value' in finding)) return leftOut(cause ?? need.title, cause !== undefined);
      values.set(need, finding.value);
    }
    const startedAt = performance.now();
    const finding = await this.#find(check, values);
    const durationMs = performance.now() - startedAt;
    if (finding.status !== 'fail') return { finding, durationMs, cause: undefined };
    for (const suspect of finding.suspects ?? []) {
      const { cause } = await this.settle(suspect);
      if (cause !== undefined) return { ...leftOut(cause, true), durationMs };
    }
    return { finding, durationMs, cause: check.title };
  }

  async #find(check: Check, values: ReadonlyMap<Check, unknown>): Promise<Finding> {
    // Each value was found by the very check that it is kept under.
    const from = <Value>(need: Check<Value>): Value => values.get(need) as Value;
    const limitMs = check.limitMs ?? defaultLimitMs;
    try {
      return await withTimeLimit(limitMs, [this.#signal], (signal) => orAborted(check.run({ signal, from }), signal));
    } catch (error) {
      if (!this.#signal.aborted) return failWith(error, check.suspects);
      const { reason } = this.#signal;
      if (!(reason instanceof TimeLimitError)) throw error;
      // What is not known to work must not look as if it did.
      return fail(`not finished within the ${formatSeconds(reason.limitMs)} that all checks have together`);
    }
  }
}

function leftOut(title: string, hasFailed: boolean): Outcome {
  const finding = skip(hasFailed ? `because "${title}" failed` : `because "${title}" was left out`);
  return { finding, durationMs: 0, cause: hasFailed ? title : undefined };
}
