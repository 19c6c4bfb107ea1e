// Where --fuse can be tried, and programs that look into the mounted folder: this process must not, for its calls would
// block the emulator that the proxy waits for.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Setting } from './setting.ts';
import { runProgram } from './tools.ts';

/** Why nothing can be mounted here; false when it can. */
export function skipWithoutFuse(): string | false {
  if (process.platform !== 'linux') return '--fuse is a matter of Linux';
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse';
  const probe = spawnSync('unshare', ['--mount', 'true'], { encoding: 'utf8' });
  return probe.status === 0 ? false : `only who may mount can: ${probe.stderr ?? String(probe.error)}`.trim();
}

export interface FuseFolders {
  readonly mount: string;
  readonly flags: readonly string[];
}

/** An empty folder to mount at, and the flags for it. */
export function fuseFolders({ folder }: Pick<Setting, 'folder'>): FuseFolders {
  const mount = join(folder, 'mnt');
  mkdirSync(mount);
  return { mount, flags: ['--fuse', mount, '--fuse-tmp-dir', join(folder, 's')] };
}

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line of a shell, with `$0` for the mounted folder. */
export function shell(line: string, mount: string, env: Readonly<Record<string, string>> = {}): Promise<Said> {
  return runProgram('sh', ['-c', line, mount], { ...process.env, LC_ALL: 'C', ...env });
}
