// Finds out which service manager a machine, or a system image, has.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ManagerName } from './manager.ts';

export interface DetectOptions {
  readonly platform: NodeJS.Platform;
  /** Where the system image lies; `/` for the running system. */
  readonly root: string;
}

/** Undefined when there is none that we know. */
export function detectManager({ platform, root }: DetectOptions): ManagerName | undefined {
  if (platform === 'win32') return 'windows';
  if (platform === 'darwin') return 'launchd';
  const has = (path: string): boolean => statSync(join(root, path), { throwIfNoEntry: false }) !== undefined;
  const signs: readonly (readonly [ManagerName, readonly string[]])[] = [
    // Only a systemd that has started the machine makes this folder: containers have systemd's files without it.
    ['systemd', root === '/' ? ['run/systemd/system'] : ['lib/systemd/systemd', 'usr/lib/systemd/systemd']],
    ['upstart', ['sbin/upstart', 'etc/init/rc-sysinit.conf']],
    ['supervisor', ['etc/supervisor/conf.d']],
  ];
  return signs.find(([, paths]) => paths.some(has))?.[0];
}
