// Settings that a running proxy cannot change.

import { isDeepStrictEqual } from 'node:util';
import type { ProxyConfig } from './config.ts';

/** Parts of the configuration that are used once, at the start, each with the flags that make it. */
const fixed: readonly { readonly flags: string; readonly part: (config: ProxyConfig) => unknown }[] = [
  {
    flags: '--health-check, --with-backend-check, --http-address and --http-port',
    part: ({ health, http }) => ({ health, http }),
  },
  { flags: '--prometheus and --prometheus-namespace', part: ({ prometheus }) => prometheus },
  { flags: '--quitquitquit, --status-page, --debug, --heap-snapshot-dir and --admin-port', part: ({ admin }) => admin },
  { flags: '--workers', part: ({ workers }) => workers },
  {
    flags: '--fuse and --fuse-tmp-dir',
    part: ({ fuse }) => fuse && { folder: fuse.folder, tmpFolder: fuse.tmpFolder },
  },
  { flags: '--events', part: ({ events }) => events },
  { flags: '--telemetry-project and what belongs to it', part: ({ telemetry }) => telemetry },
  { flags: '--idle-exit', part: ({ shutdown }) => shutdown.idleExitMs },
  { flags: '--update-check and --update-feed', part: ({ updateCheck }) => updateCheck },
  { flags: '--user-agent', part: ({ userAgent }) => userAgent },
  { flags: '--dial-timeout', part: ({ dialTimeoutMs }) => dialTimeoutMs },
  { flags: '--keepalive towards instances', part: ({ keepAliveMs }) => keepAliveMs },
];

/** One sentence for each change that has to wait for the next start. */
export function restartNotices(before: ProxyConfig, after: ProxyConfig): readonly string[] {
  return fixed
    .filter(({ part }) => !isDeepStrictEqual(part(before), part(after)))
    .map(({ flags }) => `The change of ${flags} takes effect at the next start`);
}
