// A question on the terminal that is answered by yes or no.

import { createInterface } from 'node:readline';
import type { LineSink } from '../observability/logger.ts';

/** Resolves with false for everything but a yes, and for the end of the input. */
export type Ask = (question: string) => Promise<boolean>;

/** Undefined when nobody is there to answer. The question goes where the reader looks, whatever becomes of the output. */
export function askOnTerminal(sink: LineSink): Ask | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question) => {
    sink.write(`${question} [y/N] `);
    const lines = createInterface({ input: process.stdin });
    const { promise, resolve } = Promise.withResolvers<string>();
    lines.once('line', resolve).once('close', () => resolve(''));
    const answer = await promise;
    lines.close();
    return /^\s*y(es)?\s*$/i.test(answer);
  };
}
