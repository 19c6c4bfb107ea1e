// The client of the Admin API that a connector's options describe.

import type { ResolvedOptions } from '../options.ts';
import { AdminApiClient } from './client.ts';

export function adminApiOf(options: ResolvedOptions): AdminApiClient {
  const { credentials, adminApiEndpoint, userAgent, http, clock, random, refresh } = options;
  return new AdminApiClient({
    endpoint: adminApiEndpoint,
    userAgent,
    certificateDurationMs: refresh.certificateDurationMs,
    quotaProject: () => credentials.quotaProject(),
    principal: () => credentials.principal(),
    tokens: credentials.api,
    dropToken: (token) => credentials.drop(token),
    http,
    clock,
    random,
  });
}
