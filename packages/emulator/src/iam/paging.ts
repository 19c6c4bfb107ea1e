// Cuts lists into pages as Google's APIs do.

import { invalidArgument } from '../http/api-error.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined behind the last page. */
  readonly next: string | undefined;
}

/** `pageSize` 0 or none means the default. @throws ApiError 400 */
export function pageOf<T>(all: readonly T[], query: URLSearchParams, defaultSize: number): Page<T> {
  const size = Number(query.get('pageSize') ?? 0);
  if (!Number.isInteger(size) || size < 0) {
    throw invalidArgument({ field: 'pageSize', description: 'The page size must be a number, and not negative.' });
  }
  const start = readToken(query.get('pageToken') ?? '');
  const end = start + (size === 0 ? defaultSize : size);
  return { items: all.slice(start, end), next: end < all.length ? tokenOf(end) : undefined };
}

/** The field of the answer that leads to the next page; none behind the last. */
export function nextPage({ next }: Page<unknown>): { readonly nextPageToken?: string } {
  return next === undefined ? {} : { nextPageToken: next };
}

// Opaque, so that nobody comes to rely on counting pages.
function tokenOf(start: number): string {
  return Buffer.from(`from ${start}`).toString('base64url');
}

function readToken(token: string): number {
  if (token === '') return 0;
  const start = /^from (\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (start !== undefined) return Number(start);
  throw invalidArgument({ field: 'pageToken', description: 'The page token is not one that was given out.' });
}
