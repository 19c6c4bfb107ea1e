// The conversation with the kernel over one mounted /dev/fuse: requests are read one at a time, and answered as they are done.

import { close, read, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Answer, encodeReply, failed } from './reply.ts';
import { decodeRequest, type FuseRequest } from './request.ts';

export interface FuseSessionOptions {
  /** Of /dev/fuse, mounted; closed at the end. */
  readonly descriptor: number;
  readonly answer: (request: FuseRequest) => Answer | Promise<Answer>;
}

/** Why nothing more is read: `closed` was asked for, `unmounted` was done by somebody else. */
export type SessionEnd =
  | { readonly by: 'closed' }
  | { readonly by: 'unmounted' }
  | { readonly by: 'error'; readonly error: Error };

// The kernel wants room for FUSE_MIN_READ_BUFFER, 8 KiB, and for the longest name.
const BUFFER_BYTES = 65_536;

/** Somebody gave up on a request, or a signal came between: the next one is as good as any. */
const PASSING: ReadonlySet<unknown> = new Set(['EINTR', 'EAGAIN', 'ENOENT']);

/**
 * A read waits in the kernel, and takes one thread of the pool, until there is a request. Nothing can call it back: not the
 * end of the process, which would wait for it. So whoever closes a session has to cause one more request.
 */
export class FuseSession {
  /** Never rejects. */
  readonly ended: Promise<SessionEnd>;
  readonly #options: FuseSessionOptions;
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  /** Requests that the kernel waits for. */
  readonly #pending = new Set<bigint>();
  #isClosing = false;

  constructor(options: FuseSessionOptions) {
    this.#options = options;
    this.ended = this.#serve();
  }

  /** Takes one more request, and ends with it. Idempotent. */
  closeAfterNext(): void {
    this.#isClosing = true;
  }

  async #serve(): Promise<SessionEnd> {
    const end = await this.#readAll();
    // From here on its number may be that of another file.
    this.#pending.clear();
    // With its last descriptor the kernel takes the file system for dead: whoever waits is told.
    await closeDescriptor(this.#options.descriptor).catch(() => undefined);
    return end;
  }

  async #readAll(): Promise<SessionEnd> {
    while (!this.#isClosing) {
      try {
        const length = await this.#readOne();
        this.#take(decodeRequest(this.#buffer.subarray(0, length)));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const code = 'code' in error ? error.code : undefined;
        if (code === 'ENODEV') return { by: 'unmounted' };
        if (!PASSING.has(code)) return { by: 'error', error };
      }
    }
    return { by: 'closed' };
  }

  #readOne(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    read(this.#options.descriptor, this.#buffer, 0, BUFFER_BYTES, null, (error, length) => {
      if (error === null) resolve(length);
      else reject(error);
    });
    return promise;
  }

  #take(request: FuseRequest): void {
    if (request.kind === 'interrupt') {
      this.#reply(request.target, failed('EINTR'));
      return;
    }
    const { unique } = request;
    this.#pending.add(unique);
    const answer = this.#options.answer(request);
    if (answer instanceof Promise) void answer.then((late) => this.#reply(unique, late));
    else this.#reply(unique, answer);
  }

  /** Once only: whoever was interrupted has gone. Writing copies the bytes and does not wait. */
  #reply(unique: bigint, answer: Answer): void {
    if (!this.#pending.delete(unique) || answer.kind === 'none') return;
    try {
      writeSync(this.#options.descriptor, encodeReply(unique, answer));
    } catch {
      // ENOENT: nobody waits for it any more. ENODEV: it was unmounted, as the next read says too.
    }
  }
}

const closeDescriptor = promisify(close);
