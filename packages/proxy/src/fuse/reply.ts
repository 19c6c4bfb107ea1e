// Answers to the kernel, written as its structures.

import { ERRNO, type ErrnoName, FILE_TYPE, PROTOCOL_MAJOR, PROTOCOL_MINOR, REPLY_HEADER_BYTES } from './abi.ts';

/** What comes of a request. */
export type Answer =
  | { readonly kind: 'done'; readonly body: Buffer }
  | { readonly kind: 'failed'; readonly errno: ErrnoName }
  /** Nothing is sent: the kernel does not wait. */
  | { readonly kind: 'none' };

export const NO_BODY = Buffer.alloc(0);
export const DONE: Answer = { kind: 'done', body: NO_BODY };

export function failed(errno: ErrnoName): Extract<Answer, { kind: 'failed' }> {
  return { kind: 'failed', errno };
}

/** What stat(2) says of a node. */
export interface Attributes {
  readonly node: number;
  readonly type: keyof typeof FILE_TYPE;
  readonly permissions: number;
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  /** All its times, in seconds since the epoch. */
  readonly seconds: number;
}

export interface FolderEntry {
  readonly name: string;
  readonly type: keyof typeof FILE_TYPE;
}

/** Largest request that this side takes beside names: nothing is ever written here, and 4,096 is the least allowed. */
const MAX_WRITE = 4_096;

/** struct fuse_out_header { u32 len; s32 error; u64 unique } */
export function encodeReply(unique: bigint, answer: Exclude<Answer, { kind: 'none' }>): Buffer {
  const body = answer.kind === 'done' ? answer.body : NO_BODY;
  const header = Buffer.alloc(REPLY_HEADER_BYTES);
  header.writeUInt32LE(REPLY_HEADER_BYTES + body.length, 0);
  header.writeInt32LE(answer.kind === 'failed' ? -ERRNO[answer.errno] : 0, 4);
  header.writeBigUInt64LE(unique, 8);
  return Buffer.concat([header, body]);
}

/**
 * struct fuse_init_out { u32 major, minor, max_readahead, flags; u16 max_background, congestion_threshold; u32 max_write,
 * time_gran; … }, 64 bytes in all. What is zero leaves the kernel its own choice.
 */
export function initBody({ maxReadahead, flags }: { readonly maxReadahead: number; readonly flags: number }): Buffer {
  const body = Buffer.alloc(64);
  body.writeUInt32LE(PROTOCOL_MAJOR, 0);
  body.writeUInt32LE(PROTOCOL_MINOR, 4);
  body.writeUInt32LE(maxReadahead, 8);
  body.writeUInt32LE(flags, 12);
  body.writeUInt32LE(MAX_WRITE, 20);
  // Times here are in seconds; in nanoseconds.
  body.writeUInt32LE(1_000_000_000, 24);
  return body;
}

/**
 * struct fuse_entry_out { u64 nodeid, generation, entry_valid, attr_valid; u32 entry_valid_nsec, attr_valid_nsec; struct
 * fuse_attr }. Valid for no time at all: the kernel asks again at each use, and so it is known what is in use.
 */
export function entryBody(attributes: Attributes): Buffer {
  const body = Buffer.alloc(128);
  body.writeBigUInt64LE(BigInt(attributes.node), 0);
  writeAttributes(body, 40, attributes);
  return body;
}

/** struct fuse_attr_out { u64 attr_valid; u32 attr_valid_nsec, dummy; struct fuse_attr }, valid for no time either. */
export function attributesBody(attributes: Attributes): Buffer {
  const body = Buffer.alloc(104);
  writeAttributes(body, 16, attributes);
  return body;
}

/** struct fuse_open_out { u64 fh; u32 open_flags; s32 backing_id } */
export function openBody(handle: number): Buffer {
  const body = Buffer.alloc(16);
  body.writeBigUInt64LE(BigInt(handle), 0);
  return body;
}

/** struct fuse_kstatfs { u64 blocks, bfree, bavail, files, ffree; u32 bsize, namelen, frsize, padding, spare[6] } */
export function statfsBody(): Buffer {
  const body = Buffer.alloc(80);
  body.writeUInt32LE(BLOCK_BYTES, 40);
  body.writeUInt32LE(255, 44);
  body.writeUInt32LE(BLOCK_BYTES, 48);
  return body;
}

/**
 * As many entries, from one of them on, as have room: struct fuse_dirent { u64 ino, off; u32 namelen, type; char name[] },
 * each filled up to a multiple of eight bytes. `off` is where the next reading goes on.
 */
export function folderBody(
  entries: readonly FolderEntry[],
  { offset, size }: { readonly offset: number; readonly size: number },
): Buffer {
  const parts: Buffer[] = [];
  let left = size;
  for (const [index, { name, type }] of entries.entries()) {
    if (index < offset) continue;
    const text = Buffer.from(name);
    const part = Buffer.alloc(Math.ceil((24 + text.length) / 8) * 8);
    if (part.length > left) break;
    left -= part.length;
    part.writeBigUInt64LE(UNKNOWN_INODE, 0);
    part.writeBigUInt64LE(BigInt(index + 1), 8);
    part.writeUInt32LE(text.length, 16);
    part.writeUInt32LE(FILE_TYPE[type] >> 12, 20);
    text.copy(part, 24);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const BLOCK_BYTES = 4_096;
/** A node gets its number when it is looked up; zero would mean that the entry is none. */
const UNKNOWN_INODE = 0xffff_ffffn;

/**
 * struct fuse_attr { u64 ino, size, blocks, atime, mtime, ctime; u32 atimensec, mtimensec, ctimensec, mode, nlink, uid, gid,
 * rdev, blksize, flags }, 88 bytes.
 */
function writeAttributes(body: Buffer, at: number, attributes: Attributes): void {
  const { node, type, permissions, size, uid, gid, seconds } = attributes;
  body.writeBigUInt64LE(BigInt(node), at);
  body.writeBigUInt64LE(BigInt(size), at + 8);
  // Of 512 bytes each, whatever the block size.
  body.writeBigUInt64LE(BigInt(Math.ceil(size / 512)), at + 16);
  for (const offset of [24, 32, 40]) body.writeBigUInt64LE(BigInt(seconds), at + offset);
  body.writeUInt32LE(FILE_TYPE[type] | permissions, at + 60);
  body.writeUInt32LE(type === 'folder' ? 2 : 1, at + 64);
  body.writeUInt32LE(uid, at + 68);
  body.writeUInt32LE(gid, at + 72);
  body.writeUInt32LE(BLOCK_BYTES, at + 80);
}
