// The proxy's product tokens in the User-Agent.

import { VERSION } from '../cli/version.ts';
import type { ProxyConfig } from '../config/config.ts';

/** `alloydb-auth-proxy-ts/V[+METADATA]`, where container images set the metadata, then what the user appends. */
export function userAgent(config: Pick<ProxyConfig, 'userAgent'>, env: NodeJS.ProcessEnv): string {
  const metadata = env['ALLOYDB_PROXY_METADATA'];
  const own = `alloydb-auth-proxy-ts/${VERSION}${metadata === undefined || metadata === '' ? '' : `+${metadata}`}`;
  return config.userAgent === undefined ? own : `${own} ${config.userAgent}`;
}
