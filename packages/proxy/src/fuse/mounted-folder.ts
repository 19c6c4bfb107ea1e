// A folder with a file system of this process: mounted, served, and unmounted in an order in which nobody waits for ever.

import { lstat } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Logger } from '../observability/logger.ts';
import { StartError } from '../proxy/start-error.ts';
import { atMost } from '../waiting.ts';
import { FuseSession } from './fuse-session.ts';
import { findMount, MOUNT_TYPE } from './mount-table.ts';
import { chooseMounter, type Mounter } from './mounter.ts';
import type { Answer } from './reply.ts';
import type { FuseRequest } from './request.ts';

export interface MountedFolderOptions {
  /** Absolute, and without symbolic links: the kernel's list of mounts has it so. */
  readonly folder: string;
  readonly answer: (request: FuseRequest) => Answer | Promise<Answer>;
  readonly logger: Logger;
  /** How long the kernel may take to let go of a folder, in milliseconds. Default 5,000. */
  readonly closeLimitMs?: number;
}

/** @throws {StartError} when it cannot be mounted. */
export async function mountFolder(options: MountedFolderOptions): Promise<MountedFolder> {
  const { folder, answer, logger } = options;
  const mounter = await chooseMounter();
  await refuseUnfit(folder, mounter);
  const { descriptor, isForAll } = await mounter.mount(folder);
  const session = new FuseSession({ descriptor, answer });
  logger.info(`Mounted ${folder}: open ${folder}/PROJECT.REGION.CLUSTER.INSTANCE to connect to an instance`);
  if (!isForAll) {
    logger.warn(`Only this user sees what is mounted at ${folder}`, {
      hint: 'write the line user_allow_other into /etc/fuse.conf for all users to see it',
    });
  }
  return new MountedFolder(options, { mounter, session, mountId: (await findMount(folder))?.id });
}

export class MountedFolder {
  readonly #options: MountedFolderOptions;
  readonly #mounter: Mounter;
  readonly #session: FuseSession;
  readonly #mountId: number | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    options: MountedFolderOptions,
    {
      mounter,
      session,
      mountId,
    }: { readonly mounter: Mounter; readonly session: FuseSession; readonly mountId: number | undefined },
  ) {
    this.#options = options;
    this.#mounter = mounter;
    this.#session = session;
    this.#mountId = mountId;
    void this.#tellOfEnd();
  }

  /** Never rejects: what is left behind is logged. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * The reader first, by a request of its own making, so that no thread waits any more; with it the descriptor, at which whoever
   * waits for an answer gets an error; then the mount, which by then nobody has to answer for. However many programs are in
   * it, the unmounting does not wait for them.
   */
  async #close(): Promise<void> {
    const { folder, logger } = this.#options;
    const isOurs = await this.#isOurs();
    this.#session.closeAfterNext();
    // Another thread of the pool waits for this answer: the folder must not be asked by a call that blocks this one.
    if (isOurs) lstat(folder, () => undefined);
    const hasEnded = await this.#readerEnds();
    if (isOurs) await this.#unmount();
    if (hasEnded || (await this.#readerEnds())) return;
    logger.error(`programs hold ${folder}, which is not mounted any more: the end of this process has to be forced`, {
      hint: 'unmount it by stopping the proxy',
    });
    endWithoutThreads();
  }

  async #unmount(): Promise<void> {
    const { folder, logger } = this.#options;
    try {
      await this.#mounter.unmount(folder);
      logger.info(`Unmounted ${folder}`);
    } catch (error) {
      logger.error(`cannot unmount ${folder}: ${error instanceof Error ? error.message : String(error)}`, {
        hint: `unmount it yourself: ${this.#mounter.unmountCommand(folder)}`,
      });
    }
  }

  /** Somebody may have unmounted it, or mounted over it. */
  async #isOurs(): Promise<boolean> {
    const found = await findMount(this.#options.folder);
    return found !== undefined && found.id === this.#mountId;
  }

  async #readerEnds(): Promise<boolean> {
    const ended = this.#session.ended.then(() => true);
    return (await atMost(this.#options.closeLimitMs ?? 5_000, ended)) ?? false;
  }

  async #tellOfEnd(): Promise<void> {
    const { folder, logger } = this.#options;
    const end = await this.#session.ended;
    if (this.#closing !== undefined || end.by === 'closed') return;
    const why = end.by === 'unmounted' ? 'it was unmounted' : end.error.message;
    logger.error(`${folder} is no longer served: ${why}`, {
      hint: 'start the proxy again to mount it; sessions that came through it go on',
    });
  }
}

/**
 * A thread that waits in the kernel keeps Node from ending. What is left to do then is done; the exit code is lost.
 */
function endWithoutThreads(): void {
  process.once('exit', () => process.kill(process.pid, 'SIGKILL'));
}

/** @throws {StartError} for a folder that is not there, or that a proxy has mounted, whether it lives or not. */
async function refuseUnfit(folder: string, mounter: Mounter): Promise<void> {
  const hint = `remove it: ${mounter.unmountCommand(folder)}`;
  let isFolder: boolean;
  try {
    isFolder = (await stat(folder)).isDirectory();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOTCONN') {
      throw new StartError(`cannot mount ${folder}: the mount of a process that has died is still there`, { hint });
    }
    const reason =
      code === 'ENOENT' ? 'there is no such folder' : error instanceof Error ? error.message : String(error);
    throw new StartError(`cannot mount ${folder}: ${reason}`, {
      cause: error,
      hint: code === 'ENOENT' ? `create it: mkdir -p ${folder}` : 'choose another folder with --fuse',
    });
  }
  if (!isFolder)
    throw new StartError(`cannot mount ${folder}: it is not a folder`, { hint: 'choose another one with --fuse' });
  if ((await findMount(folder))?.type !== MOUNT_TYPE) return;
  throw new StartError(`cannot mount ${folder}: another proxy serves it`, {
    hint: 'choose another folder with --fuse',
  });
}
