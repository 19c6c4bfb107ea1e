// Keeps web pages away from an endpoint that acts for whoever reaches it.

import type { IncomingMessage } from 'node:http';
import type { Route } from './route.ts';

/**
 * The endpoint asks for no password: to reach localhost is the permission. A browser on the same machine reaches it too, on
 * behalf of any page that is open in it, and three kinds of request must be told from those of curl and `shutdown`:
 *
 * - A script of another site sends a POST. Browsers put an Origin into it, programs do not.
 * - A page shows an image, or follows a link, whose address is the endpoint: a GET without an Origin. Browsers add
 *   Sec-Fetch-Site, which no page can forge or leave out, and older ones a Referer. `none` stands for an address that the
 *   user has typed, and is let through.
 * - A page lets its own host name resolve to 127.0.0.1 (DNS rebinding), and to the browser the endpoint is the same site.
 *   The Host header then still has that name.
 *
 * @param options `ownPage` lets the page that this server itself serves ask: the same scheme, name and port.
 */
export function localOnly(route: Route, { ownPage = false }: { readonly ownPage?: boolean } = {}): Route {
  return {
    ...route,
    answer: (request, closing) => {
      const reason = refusalReason(request, ownPage);
      return reason === undefined ? route.answer(request, closing) : { status: 403, text: `refused: ${reason}` };
    },
  };
}

function refusalReason({ headers }: IncomingMessage, ownPage: boolean): string | undefined {
  // HTTP/1.0 may leave Host out; no browser does.
  if (headers.host !== undefined && !isLocalHost(headers.host)) return 'the Host header does not name localhost';
  if (ownPage && isFromOwnPage(headers)) return undefined;
  if (headers.origin !== undefined || headers.referer !== undefined) return 'web pages may not ask for this';
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'none' ? undefined : 'web pages may not ask for this';
}

/** Its Host was found to be local before. Browsers without Sec-Fetch-Site send one of the other two. */
function isFromOwnPage({ host, origin, referer, 'sec-fetch-site': site }: IncomingMessage['headers']): boolean {
  const own = `http://${host}`;
  if (host === undefined || ![undefined, own].includes(origin)) return false;
  if (referer !== undefined && !referer.startsWith(`${own}/`)) return false;
  return site === 'same-origin' || (site === undefined && (origin ?? referer) !== undefined);
}

function isLocalHost(host: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host);
}
