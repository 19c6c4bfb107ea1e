// What `--fuse` mounts, and what the instances behind it have in common.

import { readlinkSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { Settings } from '../cli/flag-row.ts';
import { FLAG_ROWS, type ProxyFlags } from '../cli/flags.ts';
import { FUSE_TMP_DIR } from '../cli/flags/listening.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { InstanceConfig, ProxyConfig, SocketPermissions } from './config.ts';
import type { InstanceArgument } from './instance-args.ts';
import { targetName } from './instance-target.ts';
import { type Setting, writtenAs } from './sources.ts';

export interface FuseConfig {
  /** Where it is mounted: absolute, without symbolic links. */
  readonly folder: string;
  /** Folder of the folders of the sockets. */
  readonly tmpFolder: string;
  /** Whether somebody has chosen it. */
  readonly isChosenTmpFolder: boolean;
  readonly permissions: SocketPermissions;
  /** How long a listener stays open that nobody uses, in milliseconds. */
  readonly idleMs: number;
  /** What holds for an instance that is asked for there: the program's own settings. */
  readonly instance: Omit<InstanceConfig, 'target' | 'listen'>;
}

const IDLE_MS = 300_000;

/** Undefined when nobody asked for it. */
export function chooseFuse(
  { fuse, 'fuse-tmp-dir': tmp }: Settings<ProxyFlags>,
  common: Pick<FuseConfig, 'permissions' | 'instance'>,
): FuseConfig | undefined {
  if (fuse.value === undefined) return undefined;
  return {
    folder: realPath(fuse.value, undefined),
    tmpFolder: resolve(tmp.value ?? FUSE_TMP_DIR),
    isChosenTmpFolder: tmp.value !== undefined,
    idleMs: IDLE_MS,
    ...common,
  };
}

/**
 * A process that waits for the file system that it serves itself may wait for ever: nothing of its own may lie there.
 *
 * @throws {UsageError}
 */
export function refuseInsideFuse(settings: Settings<ProxyFlags>, instances: readonly InstanceArgument[]): void {
  if (settings.fuse.value === undefined) return;
  const folder = realPath(settings.fuse.value, undefined);
  const refuse = (path: string, written: string): void => {
    if (!isInside(realPath(path, folder), folder)) return;
    throw new UsageError(`${written} lies in the folder of --fuse, ${folder}, which covers it once it is mounted`, {
      hint: 'choose a folder for --fuse that is used for nothing else',
    });
  };
  const byName: Readonly<Record<string, Setting<unknown>>> = settings;
  for (const { name, kind } of FLAG_ROWS) {
    const setting = byName[name];
    if (kind !== 'path' || name === 'fuse' || typeof setting?.value !== 'string') continue;
    refuse(setting.value, writtenAs(name, setting.source));
  }
  const tmp = settings['fuse-tmp-dir'];
  if (tmp.value === undefined) refuse(FUSE_TMP_DIR, `the folder of the sockets, ${FUSE_TMP_DIR},`);
  for (const { target, choices } of instances) {
    const path = choices['unix-socket-path'] ?? choices['unix-socket'];
    if (path !== undefined) refuse(path, `the socket of ${targetName(target)}`);
  }
}

/**
 * Says what cannot be done beside it.
 *
 * @throws {UsageError}
 */
export function refuseForFuse({ fuse, workers }: Pick<ProxyConfig, 'fuse' | 'workers'>): void {
  if (fuse === undefined || workers === 1) return;
  throw new UsageError('--workers and --fuse cannot be used together: listeners are opened while clients wait', {
    hint: 'leave out --workers, or run a copy of its own with --fuse',
  });
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : `${folder}${sep}`);
}

// As many as the kernel follows.
const MOST_LINKS = 40;

/**
 * Follows symbolic links, as far as there are any, without a look at what lies in one folder: this process may be the one that
 * would have to answer.
 */
function realPath(path: string, untouched: string | undefined, linksLeft = MOST_LINKS): string {
  const absolute = resolve(path);
  const above = dirname(absolute);
  if (above === absolute) return absolute;
  const parent = realPath(above, untouched, linksLeft);
  const here = join(parent, basename(absolute));
  if (linksLeft === 0 || (untouched !== undefined && isInside(here, untouched))) return here;
  try {
    return realPath(resolve(parent, readlinkSync(here)), untouched, linksLeft - 1);
  } catch {
    // No link, or nothing at all.
    return here;
  }
}
