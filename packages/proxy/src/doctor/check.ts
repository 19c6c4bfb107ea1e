// What a check of the doctor is, and what it can find.

export interface Check<Value = unknown> {
  /** Stable: programs that read the report go by it. */
  readonly id: string;
  /** A few words. */
  readonly title: string;
  /** URI of the instance that it is about; undefined for what is the same for all. */
  readonly instance?: string | undefined;
  /** It is left out when one of these has failed or was left out: one cause is to give one failure. */
  readonly needs: readonly Check[];
  /** Limit in milliseconds. Default 8,000. */
  readonly limitMs?: number;
  /** What an error that it throws, or its limit, goes back to when that has failed as well. */
  readonly suspects?: readonly Check[];
  /** An error that it throws is a failure, with the error's own hint as the fix. */
  run(context: CheckContext): Promise<Finding<Value>>;
}

export interface CheckContext {
  readonly signal: AbortSignal;
  /** What a check that this one needs has found. */
  readonly from: <Value>(check: Check<Value>) => Value;
}

export type Status = 'pass' | 'warn' | 'fail' | 'skip';

export type Finding<Value = unknown> =
  | { readonly status: 'pass'; readonly evidence: string; readonly value: Value }
  /** It works, and could be better. */
  | { readonly status: 'warn'; readonly evidence: string; readonly fix?: string | undefined; readonly value: Value }
  | {
      readonly status: 'fail';
      readonly evidence: string;
      readonly fix?: string | undefined;
      /** When one of these fails as well, this is its consequence and no failure of its own. */
      readonly suspects?: readonly Check[];
    }
  /** There is nothing to check. */
  | { readonly status: 'skip'; readonly evidence: string };

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly instance: string | undefined;
  readonly status: Status;
  readonly evidence: string;
  /** What to do, for pasting where it can be. */
  readonly fix: string | undefined;
  readonly durationMs: number;
}

export function pass(evidence: string): Finding<undefined>;
export function pass<Value>(evidence: string, value: Value): Finding<Value>;
export function pass(evidence: string, value?: unknown): Finding {
  return { status: 'pass', evidence, value };
}

export function warn(evidence: string, fix?: string): Finding<undefined> {
  return { status: 'warn', evidence, fix, value: undefined };
}

export function fail(evidence: string, fix?: string, suspects: readonly Check[] = []): Finding<never> {
  return { status: 'fail', evidence, fix, suspects };
}

export function skip(evidence: string): Finding<never> {
  return { status: 'skip', evidence };
}

/** A failure in the words of an error. */
export function failWith(error: unknown, suspects: readonly Check[] = []): Finding<never> {
  const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
  return fail(messageOf(error), hint, suspects);
}

/** Messages are sentences; here they go on behind a title. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}
