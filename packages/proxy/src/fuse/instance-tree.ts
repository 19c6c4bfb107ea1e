// The file system that is mounted: a README, and a link for each name of an instance.

import { type ErrnoName, OLDEST_MINOR, PARALLEL_DIROPS, PROTOCOL_MAJOR, ROOT_NODE } from './abi.ts';
import { FuseError } from './fuse-error.ts';
import { README, README_NAME } from './readme.ts';
import {
  type Answer,
  type Attributes,
  attributesBody,
  DONE,
  entryBody,
  failed,
  folderBody,
  type FolderEntry,
  initBody,
  openBody,
  statfsBody,
} from './reply.ts';
import type { Forgotten, FuseRequest } from './request.ts';

export interface InstanceTreeOptions {
  /** The names that listen now. */
  readonly names: () => readonly string[];
  /**
   * Where the link of a name leads: the folder of a socket that listens. Undefined for a name that is none.
   *
   * @throws {FuseError} when nothing can listen there.
   */
  readonly open: (name: string) => Promise<string> | undefined;
  /** Owner of everything in it. */
  readonly uid: number;
  readonly gid: number;
  /** Its times, in milliseconds since the epoch. */
  readonly now: number;
}

interface Link {
  readonly node: number;
  readonly name: string;
  target: string;
  /** How often the kernel has been given it and has not forgotten it. */
  lookups: number;
}

const README_NODE = 2;
const readme = Buffer.from(README);

/** Answers one request after another or many at once; knows nothing of descriptors. */
export class InstanceTree {
  readonly #options: InstanceTreeOptions;
  readonly #byNode = new Map<number, Link>();
  readonly #byName = new Map<string, Link>();
  /** What each open folder lists: its contents must not move under whoever reads it in parts. */
  readonly #listings = new Map<number, readonly FolderEntry[]>();
  #lastNode = README_NODE;
  #lastHandle = 0;

  constructor(options: InstanceTreeOptions) {
    this.#options = options;
  }

  /** Nodes that the kernel holds, beside folder and README. */
  get links(): number {
    return this.#byNode.size;
  }

  /** At once, but for a name that has to be opened. Never rejects. */
  answer(request: FuseRequest): Answer | Promise<Answer> {
    const { node } = request;
    switch (request.kind) {
      case 'init':
        return init(request);
      case 'lookup':
        return node === ROOT_NODE ? this.#lookup(request.name) : failed('ENOTDIR');
      case 'forget':
        for (const each of request.forgotten) this.#forget(each);
        return { kind: 'none' };
      case 'interrupt':
        return { kind: 'none' };
      case 'getattr':
        return this.#about(node, attributesBody);
      case 'readlink':
        return this.#readlink(node);
      case 'open':
        return node === README_NODE ? { kind: 'done', body: openBody(0) } : failed('EINVAL');
      case 'read':
        return node === README_NODE
          ? done(readme.subarray(request.offset, request.offset + request.size))
          : failed('EBADF');
      case 'opendir':
        return this.#openFolder(node);
      case 'readdir': {
        const entries = this.#listings.get(request.handle);
        return entries === undefined ? failed('EBADF') : done(folderBody(entries, request));
      }
      case 'releasedir':
        this.#listings.delete(request.handle);
        return DONE;
      case 'release':
      case 'destroy':
        return DONE;
      case 'statfs':
        return done(statfsBody());
      case 'unknown':
        return failed('ENOSYS');
    }
  }

  #lookup(name: string): Answer | Promise<Answer> {
    if (name === README_NAME) return this.#about(README_NODE, entryBody);
    const opening = this.#options.open(name);
    if (opening === undefined) return failed('ENOENT');
    return opening.then(
      (target) => {
        const link = this.#linkTo(name, target);
        link.lookups += 1;
        return this.#about(link.node, entryBody);
      },
      (error: unknown) => failed(error instanceof FuseError ? error.errno : 'EIO'),
    );
  }

  #linkTo(name: string, target: string): Link {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      known.target = target;
      return known;
    }
    this.#lastNode += 1;
    const link = { node: this.#lastNode, name, target, lookups: 0 };
    this.#byNode.set(link.node, link);
    this.#byName.set(name, link);
    return link;
  }

  #forget({ node, count }: Forgotten): void {
    const link = this.#byNode.get(node);
    if (link === undefined) return;
    link.lookups -= count;
    if (link.lookups > 0) return;
    this.#byNode.delete(node);
    this.#byName.delete(link.name);
  }

  #readlink(node: number): Answer {
    const link = this.#byNode.get(node);
    return link === undefined ? failed('EINVAL') : done(Buffer.from(link.target));
  }

  #openFolder(node: number): Answer {
    if (node !== ROOT_NODE) return failed('ENOTDIR');
    this.#lastHandle += 1;
    this.#listings.set(this.#lastHandle, [
      { name: '.', type: 'folder' },
      { name: '..', type: 'folder' },
      { name: README_NAME, type: 'file' },
      ...this.#options.names().map((name): FolderEntry => ({ name, type: 'link' })),
    ]);
    return done(openBody(this.#lastHandle));
  }

  #about(node: number, encode: (attributes: Attributes) => Buffer): Answer {
    const what = this.#describe(node);
    if (what === undefined) return failed('ENOENT');
    const { uid, gid, now } = this.#options;
    return done(encode({ node, ...what, uid, gid, seconds: Math.floor(now / 1_000) }));
  }

  #describe(node: number): Pick<Attributes, 'type' | 'permissions' | 'size'> | undefined {
    if (node === ROOT_NODE) return { type: 'folder', permissions: 0o555, size: 0 };
    if (node === README_NODE) return { type: 'file', permissions: 0o444, size: readme.length };
    const link = this.#byNode.get(node);
    return link && { type: 'link', permissions: 0o777, size: Buffer.byteLength(link.target) };
  }
}

function done(body: Buffer): Answer {
  return { kind: 'done', body };
}

/** A kernel of a later major version asks again with the one that it is told. */
function init({ major, minor, maxReadahead, flags }: Extract<FuseRequest, { kind: 'init' }>): Answer {
  const tooOld: ErrnoName = 'EPROTO';
  if (major < PROTOCOL_MAJOR || (major === PROTOCOL_MAJOR && minor < OLDEST_MINOR)) return failed(tooOld);
  return done(initBody({ maxReadahead, flags: flags & PARALLEL_DIROPS }));
}
