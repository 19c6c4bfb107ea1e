// Keeps an endpoint that changes something for those who know the secret of the process.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Route } from './route.ts';

/** Host and Origin stop web pages; other users of this machine are stopped by this alone. */
export function withSecret(route: Route, secret: string): Route {
  const expected = digest(`Bearer ${secret}`);
  return {
    ...route,
    answer: (request, closing) => {
      // Digests have one length, whatever was sent.
      const isKnown = timingSafeEqual(digest(request.headers.authorization ?? ''), expected);
      if (isKnown) return route.answer(request, closing);
      const headers = { 'www-authenticate': 'Bearer' };
      return { status: 401, text: 'refused: this needs the secret of the proxy (docs/observability.md)', headers };
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
