// A question on the terminal that is answered by yes or no.

import { createInterface } from 'node:readline';
import type { LineSink } from '../observability/logger.ts';

/** Resolves with false for everything but a yes, for the end of the input, and when it is aborted. */
export type Ask = (question: string, signal: AbortSignal) => Promise<boolean>;

/**
 * Undefined when nobody is there to answer. The question goes behind what it is about: where that is not seen, because the
 * output goes elsewhere, nothing is asked.
 */
export function askOnTerminal(out: LineSink): Ask | undefined {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined;
  return async (question, signal) => {
    out.write(`${question} [y/N] `);
    const lines = createInterface({ input: process.stdin, signal });
    const { promise, resolve } = Promise.withResolvers<string>();
    lines.once('line', resolve).once('close', () => resolve(''));
    const answer = await promise;
    lines.close();
    return /^\s*y(es)?\s*$/i.test(answer);
  };
}
