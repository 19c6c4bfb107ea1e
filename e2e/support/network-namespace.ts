// Runs the tests of a file once more in a network of their own, where they can cut what they like.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const marker = 'ALLOYDB_E2E_OWN_NETWORK';

/** Whether this is the run inside. */
export const isInOwnNetwork = process.env[marker] !== undefined;

/** Why that cannot be done here; false when it can. */
export function skipWithoutOwnNetwork(): string | false {
  if (process.platform !== 'linux') return 'network namespaces are a matter of Linux';
  const probe = spawnSync('unshare', ['--net', 'sh', '-c', 'ip link set lo up && iptables -w -L OUTPUT -n'], {
    encoding: 'utf8',
  });
  if (probe.error !== undefined) return 'unshare (util-linux) is not installed';
  if (probe.status === 0) return false;
  return `unshare, ip and iptables as root are needed: ${probe.stderr.trim().split('\n')[0]}`;
}

/** Fails with all that the tests inside have said when one of them fails. */
export function runInOwnNetwork(moduleUrl: string): void {
  const { NODE_TEST_CONTEXT: _outer, ...env } = process.env;
  const command = ['--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"', process.execPath, ...process.execArgv];
  const { status, stdout, stderr } = spawnSync('unshare', [...command, fileURLToPath(moduleUrl)], {
    encoding: 'utf8',
    env: { ...env, [marker]: '1' },
  });
  assert.equal(status, 0, stdout + stderr);
}

/** A rule for what leaves this machine, until it is disposed of. */
export function cut(...rule: readonly string[]): Disposable {
  iptables('--append', rule);
  return { [Symbol.dispose]: () => iptables('--delete', rule) };
}

function iptables(action: string, rule: readonly string[]): void {
  const { status, stderr } = spawnSync('iptables', ['-w', action, 'OUTPUT', ...rule], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
