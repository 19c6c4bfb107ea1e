// The programs that mount and unmount for this one: mount and umount for root, fusermount3 for everybody else.

import { spawn } from 'node:child_process';
import { close, open } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { StartError } from '../proxy/start-error.ts';
import { MOUNT_TYPE } from './mount-table.ts';

export interface Mounted {
  /** Of /dev/fuse, connected to the mount. */
  readonly descriptor: number;
  /** Whether other users than this one see what is mounted. */
  readonly isForAll: boolean;
}

export interface Mounter {
  /** @throws {StartError} */
  mount(folder: string): Promise<Mounted>;
  /** Also of what nobody answers for any more. @throws {Error} with what the program has said. */
  unmount(folder: string): Promise<void>;
  /** What a user would type for the same. */
  unmountCommand(folder: string): string;
}

export interface ProgramEnd {
  readonly code: number;
  readonly stderr: string;
}

/** As the official proxy for all users, and nothing in it can be written or run. */
const OPTIONS = 'ro,nosuid,nodev,noexec,default_permissions';
const SOURCE = 'alloydb-auth-proxy';
const openDescriptor = promisify(open);
const closeDescriptor = promisify(close);

/** `CAP_SYS_ADMIN` among the effective capabilities, in a line of /proc/self/status. */
const ADMIN_BIT = 21n;

/** @throws {StartError} when nothing here can mount. */
export async function chooseMounter(): Promise<Mounter> {
  if (process.geteuid?.() === 0) {
    if (await mayAdminister()) return rootMounter;
    throw new StartError('cannot mount: this process is root, but has not the capability to mount (CAP_SYS_ADMIN)', {
      hint: 'of a container: --cap-add SYS_ADMIN --device /dev/fuse; of a service: AmbientCapabilities',
    });
  }
  if (process.versions['bun'] === undefined) {
    throw new StartError('cannot mount: Node cannot take over what fusermount3 opens for other users than root', {
      hint: 'use the standalone executable, or start as root, or in a mount namespace: unshare --map-root-user --mount',
    });
  }
  const { fusermountMounter } = await import('./fusermount.ts');
  return fusermountMounter;
}

async function mayAdminister(): Promise<boolean> {
  const [, bits = '0'] = /^CapEff:\s*([0-9a-f]+)/m.exec(await readFile('/proc/self/status', 'utf8')) ?? [];
  return ((BigInt(`0x${bits}`) >> ADMIN_BIT) & 1n) === 1n;
}

/** `-i`: no helper program; the kernel gets the descriptor itself. */
const rootMounter: Mounter = {
  async mount(folder) {
    const descriptor = await openDevice();
    const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
    const options = `fd=3,rootmode=40000,user_id=${uid},group_id=${gid},allow_other,${OPTIONS}`;
    const args = ['-i', '-t', MOUNT_TYPE, '-o', options, SOURCE, folder];
    try {
      const { code, stderr } = await runToEnd('mount', args, { descriptor });
      if (code !== 0) throw mountError(folder, stderr, undefined);
    } catch (error) {
      await closeDescriptor(descriptor);
      throw error;
    }
    return { descriptor, isForAll: true };
  },
  unmount: (folder) => unmountBy('umount', ['-i', '-l', folder]),
  unmountCommand: (folder) => `umount -l ${folder}`,
};

async function openDevice(): Promise<number> {
  try {
    return await openDescriptor('/dev/fuse', 'r+');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw new StartError(`cannot open /dev/fuse: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
      hint:
        code === 'ENOENT'
          ? 'load it: modprobe fuse; of a container: --device /dev/fuse'
          : 'of a container: --device /dev/fuse',
    });
  }
}

export async function unmountBy(program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runToEnd(program, args);
  if (code !== 0) throw new Error(stderr);
}

export function mountError(folder: string, reason: string, hint: string | undefined): StartError {
  return new StartError(`cannot mount ${folder}: ${reason}`, { hint });
}

/**
 * Runs a program that mounts, while this process goes on: it may have to answer the kernel meanwhile.
 *
 * @param descriptor handed over as number 3.
 * @throws {StartError} when there is no such program.
 */
export async function runToEnd(
  program: string,
  args: readonly string[],
  { descriptor, env = process.env }: { readonly descriptor?: number; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<ProgramEnd> {
  const handedOver = descriptor === undefined ? [] : [descriptor];
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe', ...handedOver],
    // What it says is matched, and shown.
    env: { ...env, LC_ALL: 'C' },
    // A signal typed at the terminal is for the proxy: an unmounting that it ended would leave the mount behind.
    detached: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject);
  child.once('close', (code) => resolve(code ?? -1));
  try {
    const [code, said] = await Promise.all([promise, child.stderr === null ? '' : text(child.stderr)]);
    return { code, stderr: said.trim().split('\n')[0] || `${program} exits with ${code}` };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = isMissing ? 'it is not installed' : error instanceof Error ? error.message : String(error);
    throw new StartError(`cannot run ${program}: ${reason}`, {
      cause: error,
      hint:
        program === 'fusermount3' ? 'install it: apt-get install fuse3, or apk add fuse3' : 'it belongs to util-linux',
    });
  }
}
