// Numbers of the protocol that the kernel speaks over /dev/fuse: those that this file system has a use for.
//
// Source of them all: include/uapi/linux/fuse.h of Linux, and include/uapi/asm-generic/errno.h. Every number goes over in
// the byte order of the machine, which is little-endian on all that this program is built for.

/** `FUSE_KERNEL_VERSION`. */
export const PROTOCOL_MAJOR = 7;
/** What this side speaks: Linux 5.4. A newer kernel leaves out what came later, an older one says so. */
export const PROTOCOL_MINOR = 31;
/** From 7.23 on, Linux 3.15, the answer to INIT has the size that is sent here. */
export const OLDEST_MINOR = 23;

export const OPCODE = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  readlink: 5,
  open: 14,
  read: 15,
  statfs: 17,
  release: 18,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  interrupt: 36,
  destroy: 38,
  batchForget: 42,
} as const;

/** The `FUSE_PARALLEL_DIROPS` of INIT: one name that takes long must not hold up the others. */
export const PARALLEL_DIROPS = 1 << 18;

/** `sizeof(struct fuse_in_header)` and `sizeof(struct fuse_out_header)`. */
export const REQUEST_HEADER_BYTES = 40;
export const REPLY_HEADER_BYTES = 16;

/** `FUSE_ROOT_ID`. */
export const ROOT_NODE = 1;

/** File types of `mode`, as in stat(2); shifted by 12 they are those of a folder's entries. */
export const FILE_TYPE = { folder: 0o040000, file: 0o100000, link: 0o120000 } as const;

/** What can go wrong here, by its number. A reply carries it negative. */
export const ERRNO = {
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EACCES: 13,
  ENOTDIR: 20,
  EINVAL: 22,
  EMFILE: 24,
  ENOSPC: 28,
  EROFS: 30,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  EPROTO: 71,
  EADDRINUSE: 98,
  ESHUTDOWN: 108,
} as const;

export type ErrnoName = keyof typeof ERRNO;
