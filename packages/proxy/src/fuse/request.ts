// What the kernel asks of the file system, read from its bytes.

import { OPCODE, REQUEST_HEADER_BYTES } from './abi.ts';

/** The kernel remembers a node so many times less. */
export interface Forgotten {
  readonly node: number;
  readonly count: number;
}

export type Operation =
  | {
      readonly kind: 'init';
      readonly major: number;
      readonly minor: number;
      readonly maxReadahead: number;
      readonly flags: number;
    }
  /** Asks for a name in the folder `node`. */
  | { readonly kind: 'lookup'; readonly name: string }
  /** Like 'interrupt' not answered: the kernel does not wait. */
  | { readonly kind: 'forget'; readonly forgotten: readonly Forgotten[] }
  | { readonly kind: 'getattr' | 'readlink' | 'open' | 'opendir' | 'statfs' | 'destroy' }
  | { readonly kind: 'read' | 'readdir'; readonly handle: number; readonly offset: number; readonly size: number }
  | { readonly kind: 'release' | 'releasedir'; readonly handle: number }
  /** Whoever waits for the request with that number does not want to any more. */
  | { readonly kind: 'interrupt'; readonly target: bigint }
  | { readonly kind: 'unknown'; readonly opcode: number };

export type FuseRequest = Operation & {
  /** Number of the request; its answer has the same one. */
  readonly unique: bigint;
  /** What it is about. */
  readonly node: number;
};

/**
 * Reads `struct fuse_in_header { u32 len, opcode; u64 unique, nodeid; u32 uid, gid, pid; u16 total_extlen, padding }` and
 * what follows it.
 *
 * @throws {RangeError} when there are fewer bytes than it says, which a kernel never sends.
 */
export function decodeRequest(bytes: Buffer): FuseRequest {
  const length = bytes.readUInt32LE(0);
  if (length < REQUEST_HEADER_BYTES || length > bytes.length) {
    throw new RangeError(`a request of ${length} bytes in a message of ${bytes.length}`);
  }
  const header = { unique: bytes.readBigUInt64LE(8), node: numberAt(bytes, 16) };
  return {
    ...header,
    ...decodeOperation(bytes.readUInt32LE(4), header.node, bytes.subarray(REQUEST_HEADER_BYTES, length)),
  };
}

function decodeOperation(opcode: number, node: number, body: Buffer): Operation {
  switch (opcode) {
    // struct fuse_init_in { u32 major, minor, max_readahead, flags, … }
    case OPCODE.init: {
      const [major, minor] = [body.readUInt32LE(0), body.readUInt32LE(4)];
      return { kind: 'init', major, minor, maxReadahead: body.readUInt32LE(8), flags: body.readUInt32LE(12) };
    }
    case OPCODE.lookup:
      return { kind: 'lookup', name: textAt(body) };
    // struct fuse_forget_in { u64 nlookup }
    case OPCODE.forget:
      return { kind: 'forget', forgotten: [{ node, count: numberAt(body, 0) }] };
    case OPCODE.batchForget:
      return { kind: 'forget', forgotten: decodeForgotten(body) };
    case OPCODE.getattr:
      return { kind: 'getattr' };
    case OPCODE.readlink:
      return { kind: 'readlink' };
    case OPCODE.open:
      return { kind: 'open' };
    case OPCODE.opendir:
      return { kind: 'opendir' };
    case OPCODE.read:
      return { kind: 'read', ...decodeRange(body) };
    case OPCODE.readdir:
      return { kind: 'readdir', ...decodeRange(body) };
    // struct fuse_release_in { u64 fh; … }
    case OPCODE.release:
      return { kind: 'release', handle: numberAt(body, 0) };
    case OPCODE.releasedir:
      return { kind: 'releasedir', handle: numberAt(body, 0) };
    case OPCODE.statfs:
      return { kind: 'statfs' };
    // struct fuse_interrupt_in { u64 unique }
    case OPCODE.interrupt:
      return { kind: 'interrupt', target: body.readBigUInt64LE(0) };
    case OPCODE.destroy:
      return { kind: 'destroy' };
    default:
      return { kind: 'unknown', opcode };
  }
}

/** struct fuse_batch_forget_in { u32 count, dummy }, then so many struct fuse_forget_one { u64 nodeid, nlookup }. */
function decodeForgotten(body: Buffer): readonly Forgotten[] {
  return Array.from({ length: body.readUInt32LE(0) }, (_, index) => {
    const at = 8 + index * 16;
    return { node: numberAt(body, at), count: numberAt(body, at + 8) };
  });
}

/** struct fuse_read_in { u64 fh, offset; u32 size, … } */
function decodeRange(body: Buffer): { readonly handle: number; readonly offset: number; readonly size: number } {
  return { handle: numberAt(body, 0), offset: numberAt(body, 8), size: body.readUInt32LE(16) };
}

/** Nodes and handles are numbers that this side has given out, and small. */
function numberAt(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset));
}

/** Up to its zero byte. */
function textAt(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}
