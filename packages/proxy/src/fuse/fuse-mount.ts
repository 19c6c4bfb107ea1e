// `--fuse`: the mounted folder, and the listeners behind its names.

import { chmodSync, chownSync, lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FuseConfig } from '../config/fuse-choice.ts';
import type { Logger } from '../observability/logger.ts';
import { folderModeFor } from '../proxy/listen-unix.ts';
import { StartError } from '../proxy/start-error.ts';
import { InstanceTree } from './instance-tree.ts';
import { mountFolder } from './mounted-folder.ts';
import { OnDemandListeners, type OnDemandListenersOptions } from './on-demand-listeners.ts';

export interface FuseMountOptions extends Pick<OnDemandListenersOptions, 'listen'> {
  readonly config: FuseConfig;
  readonly logger: Logger;
}

export interface FuseMount {
  /** Unmounts. Never rejects; idempotent. */
  close(): Promise<void>;
}

/** @throws {StartError} when it cannot be mounted. */
export async function startFuse({ config, listen, logger }: FuseMountOptions): Promise<FuseMount> {
  prepareFolder(config);
  const listeners = new OnDemandListeners({
    folder: config.tmpFolder,
    logger,
    idleMs: config.idleMs,
    async listen(...place) {
      // Folders for temporary files are swept.
      prepareFolder(config);
      const close = await listen(...place);
      const [, path] = place;
      return () => {
        close();
        removeFolder(dirname(path));
      };
    },
  });
  const tree = new InstanceTree({
    names: () => listeners.names,
    open: (name) => listeners.open(name),
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    now: Date.now(),
  });
  const mounted = await mountFolder({
    folder: config.folder,
    answer: (request) => tree.answer(request),
    logger,
  });
  return {
    close() {
      listeners.close();
      return mounted.close();
    },
  };
}

/**
 * Makes the folder of the sockets, as open as they are. The usual one has a name that everybody knows, in a folder where
 * everybody may make it first: then it must be this user's.
 */
function prepareFolder({ tmpFolder, isChosenTmpFolder, permissions }: FuseConfig): void {
  let made: string | undefined;
  try {
    made = mkdirSync(tmpFolder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartError(
      `cannot make the folder ${tmpFolder}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
        hint: 'choose another one with --fuse-tmp-dir',
      },
    );
  }
  if (made !== undefined) {
    if (permissions.groupId !== undefined) chownSync(tmpFolder, process.geteuid?.() ?? 0, permissions.groupId);
    chmodSync(tmpFolder, folderModeFor(permissions.mode));
    return;
  }
  const found = lstatSync(tmpFolder);
  if (isChosenTmpFolder || (found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0))
    return;
  throw new StartError(`cannot use ${tmpFolder} for the sockets behind --fuse: others than this user may change it`, {
    hint: 'choose a folder of your own: --fuse-tmp-dir DIR',
  });
}

/** Of a socket that is closed. Whatever else somebody has put there stays, and the folder with it. */
function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is found again when the name is asked for again.
  }
}
