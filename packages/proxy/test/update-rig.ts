// What the tests of the update sources ask with.

import assert from 'node:assert/strict';
import { CommandError } from '../src/cli/command-error.ts';
import { createFetch, type Fetch, type FetchRequest } from '../src/update/fetch.ts';

/** Knows of no outbound proxy. Requests have the limit that a test gives them. */
export function plainFetch(limits: Pick<FetchRequest, 'timeoutMs' | 'longestBody'> = {}): Fetch {
  const fetch = createFetch({ env: {}, signal: new AbortController().signal });
  return (request) => fetch({ ...request, ...limits });
}

/** Message and hint of what it fails with. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  );
  assert(error instanceof CommandError, String(error));
  return `${error.message}; ${error.hint}`;
}

/** A fixed moment. */
export const nowMs = Date.UTC(2026, 10, 24);
