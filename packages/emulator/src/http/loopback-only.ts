// Keeps web pages away from what would harm the user of the machine, such as tokens for the asking.

import { ApiError } from './api-error.ts';
import type { HttpRequest } from './service.ts';

/**
 * A page in the user's browser can reach loopback addresses as well. Two headers give it away: browsers add `Origin` to
 * whatever may change something, and a host name that an attacker points at 127.0.0.1 (DNS rebinding) stands in `Host`.
 *
 * @throws ApiError 403
 */
export function refuseBrowsers({ headers }: Pick<HttpRequest, 'headers'>): void {
  if (headers.origin !== undefined) throw new ApiError(403, 'Requests of web pages are refused: there is an Origin.');
  const { host = '' } = headers;
  if (!/^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i.test(host)) {
    throw new ApiError(403, `Requests for the host "${host}" are refused: it is not a loopback address.`);
  }
}
