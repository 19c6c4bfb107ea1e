// Mounts as any user: fusermount3 mounts, and hands the descriptor over. Only an executable can, for no `node:` API takes one.

import { closeSync } from 'node:fs';
import { ptr } from 'bun:ffi';
import { AF_UNIX, MSG_DONTWAIT, openCLibrary, SOCK_CLOEXEC } from '../c-library.ts';
import { StartError } from '../proxy/start-error.ts';
import { type Mounted, mountError, type Mounter, runToEnd, unmountBy } from './mounter.ts';

const OPTIONS = 'fsname=alloydb-auth-proxy,subtype=alloydb-auth-proxy,ro,nosuid,nodev,noexec,default_permissions';
const PROGRAM = 'fusermount3';

export const fusermountMounter: Mounter = {
  async mount(folder): Promise<Mounted> {
    const forAll = await tryMount(folder, `allow_other,${OPTIONS}`);
    if ('descriptor' in forAll) return { ...forAll, isForAll: true };
    if (!/user_allow_other/.test(forAll.reason)) throw refused(folder, forAll.reason);
    // It is the machine that forbids it: its users are none the worse for what this one has for itself.
    const forOne = await tryMount(folder, OPTIONS);
    if ('descriptor' in forOne) return { ...forOne, isForAll: false };
    throw refused(folder, forOne.reason);
  },
  unmount: (folder) => unmountBy(PROGRAM, ['-u', '-z', '--', folder]),
  unmountCommand: (folder) => `${PROGRAM} -u ${folder}`,
};

function refused(folder: string, reason: string): StartError {
  return mountError(folder, reason, 'it needs /dev/fuse, and fusermount3 with root as its owner and setuid');
}

type Attempt = { readonly descriptor: number } | { readonly reason: string };

/** The descriptor comes over a pair of sockets, one of which fusermount3 finds by the number in `_FUSE_COMMFD`. */
async function tryMount(folder: string, options: string): Promise<Attempt> {
  const [own, its] = socketPair();
  try {
    const end = await runToEnd(PROGRAM, ['-o', options, '--', folder], {
      descriptor: its,
      env: { ...process.env, _FUSE_COMMFD: '3' },
    });
    return end.code === 0 ? { descriptor: receiveDescriptor(own) } : { reason: end.stderr };
  } finally {
    closeSync(own);
    closeSync(its);
  }
}

// As those of c-library.ts.
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x4000_0000;

function loadLibrary() {
  try {
    return openCLibrary({
      socketpair: { args: ['i32', 'i32', 'i32', 'ptr'], returns: 'i32' },
      recvmsg: { args: ['i32', 'ptr', 'i32'], returns: 'i32' },
    }).symbols;
  } catch (cause) {
    throw new StartError('cannot mount: no C library was found to receive a descriptor with', {
      cause,
      hint: 'start as root, where none is needed',
    });
  }
}

function socketPair(): readonly [number, number] {
  const pair = new Int32Array(2);
  if (loadLibrary().socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ptr(pair)) !== 0) {
    throw new StartError('cannot mount: no pair of sockets could be opened', { hint: 'raise the limit of open files' });
  }
  const [one = -1, other = -1] = pair;
  return [one, other];
}

/**
 * recvmsg(2) of one byte and one descriptor. fusermount3 has ended and sent it, so nothing waits. In the machine's words:
 * struct iovec { void *base; size_t len }, struct cmsghdr { size_t len; int level, type } with the descriptor behind it, and
 * struct msghdr { void *name; u32 namelen; iovec *iov; size_t iovlen; void *control; size_t controllen; int flags }, each
 * filled up to eight bytes.
 */
function receiveDescriptor(socket: number): number {
  const byte = new Uint8Array(1);
  const vector = new BigUint64Array([BigInt(ptr(byte)), 1n]);
  const control = Buffer.alloc(24);
  const message = new BigUint64Array([
    0n,
    0n,
    BigInt(ptr(vector)),
    1n,
    BigInt(ptr(control)),
    BigInt(control.length),
    0n,
  ]);
  const length = loadLibrary().recvmsg(socket, ptr(message), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  const isRights = control.readInt32LE(8) === SOL_SOCKET && control.readInt32LE(12) === SCM_RIGHTS;
  if (length === 1 && control.readBigUInt64LE(0) >= 20n && isRights) return control.readInt32LE(16);
  throw new StartError('cannot mount: fusermount3 has mounted, and sent no descriptor', {
    hint: 'unmount the folder with fusermount3 -u, and try again',
  });
}
