// How the doctor's results are told: a table for readers, JSON for programs.

import type { LineSink } from '../observability/logger.ts';
import { onOneLine } from '../observability/text-logger.ts';
import type { Check, CheckResult, Status } from './check.ts';

export interface Report {
  readonly version: string;
  /** Whether nothing has failed. */
  readonly ok: boolean;
  readonly durationMs: number;
  readonly checks: readonly CheckResult[];
}

const words: { readonly [Name in Status]: string } = { pass: 'pass', warn: 'WARN', fail: 'FAIL', skip: 'skip' };

/** Prints each result as it comes, those of an instance under its name. */
export class ResultTable {
  readonly #out: LineSink;
  readonly #width: number;
  #instance: string | undefined;

  constructor(checks: readonly Pick<Check, 'title'>[], out: LineSink) {
    this.#out = out;
    this.#width = Math.max(...checks.map(({ title }) => title.length));
  }

  add({ status, title, instance, evidence, fix }: CheckResult): void {
    if (instance !== this.#instance) this.#out.write(instance === undefined ? '\n' : `\n${instance}\n`);
    this.#instance = instance;
    this.#out.write(`${words[status]}  ${title.padEnd(this.#width)}  ${inCell(evidence)}\n`);
    if (fix !== undefined) this.#out.write(`${' '.repeat(this.#width + 8)}fix: ${inCell(fix)}\n`);
  }

  end({ checks, durationMs }: Report): void {
    const count = (status: Status): number => checks.filter((each) => each.status === status).length;
    const counted = [
      `${count('fail')} failed`,
      `${count('warn')} to look at`,
      `${count('pass')} passed`,
      `${count('skip')} skipped`,
    ];
    this.#out.write(`\n${counted.join(', ')}, in ${(durationMs / 1000).toFixed(1)} s\n`);
  }
}

export function reportJson(report: Report): string {
  return JSON.stringify(
    { ...report, durationMs: Math.round(report.durationMs), checks: report.checks.map(shown) },
    undefined,
    2,
  );
}

/** Absent values are null, so that every entry has the same keys. */
export function shown({ id, title, instance, status, evidence, fix, durationMs }: CheckResult) {
  return {
    id,
    title,
    instance: instance ?? null,
    status,
    evidence,
    fix: fix ?? null,
    durationMs: Math.round(durationMs),
  };
}

/** Evidence quotes what servers and DNS records say: what would drive a terminal is spelled out. */
function inCell(text: string): string {
  return onOneLine(text.replaceAll(/\s*\n\s*/g, ' '));
}
