// Reads from outside when the system will probe the other end of a TCP connection next.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';

/** For the `skip` of a test. */
export const skipWithoutSs =
  process.platform === 'linux' && spawnSync('ss', ['-V']).status === 0
    ? false
    : 'ss of iproute2, which shows the timers of TCP sockets, is not installed here';

/** Milliseconds until the next probe from the socket between these ports; undefined when it never probes. */
export function keepAliveTimer({ from, to }: { readonly from: number; readonly to: number }): number | undefined {
  const filter = `( sport = :${from} and dport = :${to} )`;
  const shown = execFileSync('ss', ['-Htno', filter], { encoding: 'utf8' });
  assert.match(shown, /^ESTAB /, `no connection from port ${from} to port ${to}: ${shown}`);
  const [, time] = /timer:\(keepalive,([^,]+),/.exec(shown) ?? [];
  return time === undefined ? undefined : readTime(time);
}

/** As ss writes it, the less exactly the longer it is: `980ms`, `8.964ms` for 8,964 ms, `29sec`, `1min5sec`, `546min`. */
function readTime(text: string): number {
  const [, minutes = '0', seconds = '0', milliseconds = '0'] =
    /^(?:(\d+)min)?(?:(\d+)(?:sec|\.(?=\d)))?(?:(\d+)ms)?$/.exec(text) ?? assert.fail(`no time: ${text}`);
  return Number(minutes) * 60_000 + Number(seconds) * 1_000 + Number(milliseconds);
}
