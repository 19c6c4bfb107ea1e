// A connection of Bun's own as the stream that the rest of the program works with.

import { Duplex } from 'node:stream';
import type { BunHandle } from './bun-runtime.ts';

/** As much of a connection as the stream needs once it is there. */
export type StreamHandle = Pick<BunHandle<never>, 'write' | 'shutdown' | 'close' | 'pause' | 'resume'>;

type WriteCallback = (error?: Error | null) => void;

/** What the system has not taken yet; whoever wrote it waits for the callback. */
interface Unsent {
  readonly chunk: Buffer;
  readonly callback: WriteCallback;
}

/**
 * - `open`: what is written is sent.
 * - `gone`: the system has closed it; what had come before can still be read.
 */
type State = { readonly at: 'open'; readonly handle: StreamHandle } | { readonly at: 'gone' };

// Of what has come and is not read yet. Beyond it the peer has to wait.
const readAhead = 64 * 1024;

/**
 * Does as a half-open socket of node:net would, with less work for each chunk: a write that finds nothing waiting before it goes
 * to the system at once, and only what that does not take passes through the machinery of streams.
 */
export class BunSocket extends Duplex {
  bytesRead = 0;
  bytesWritten = 0;
  /** Silence after which it tells so, in milliseconds; 0 or undefined for none. As in node:net. */
  timeout: number | undefined;
  #state: State;
  #unsent: Unsent | undefined;
  #hasEnded = false;
  #isFailing = false;
  #silence: NodeJS.Timeout | undefined;

  /** Whoever owns the handle passes on what it tells, by the methods below. */
  constructor(handle: StreamHandle) {
    super({ allowHalfOpen: true, readableHighWaterMark: readAhead });
    this.#state = { at: 'open', handle };
  }

  received(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    this.#silence?.refresh();
    if (!this.push(chunk)) this.#handle?.pause();
  }

  drained(): void {
    const unsent = this.#unsent;
    if (unsent === undefined) return;
    this.#unsent = undefined;
    this.#sendOrKeep(unsent.chunk, unsent.callback);
  }

  /** The peer sends nothing more. */
  ended(): void {
    if (this.#hasEnded || this.#isFailing || this.destroyed) return;
    this.#hasEnded = true;
    this.push(null);
    // An end behind nothing is told only to who asks.
    this.read(0);
  }

  /** Its records cannot be read any more, or the like: nothing follows. What came before can still be read in this turn. */
  failed(error: Error): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    setImmediate(() => this.destroy(error));
  }

  /** The system has closed it, because of the error if there is one. */
  cutOff(error?: Error): void {
    this.#state = { at: 'gone' };
    if (error !== undefined) this.failed(error);
    const unsent = this.#unsent;
    this.#unsent = undefined;
    unsent?.callback(error ?? brokenPipe());
    if (this.#isFailing || this.destroyed) return;
    // Nothing can be sent any more: it is over once the end has been read.
    if (this.readableEnded) this.destroy();
    else this.once('end', () => this.destroy());
    this.ended();
  }

  override write(chunk: unknown, second?: BufferEncoding | WriteCallback, third?: WriteCallback): boolean {
    const state = this.#state;
    const isPlain = second === undefined && this.writableLength === 0 && !this.writableEnded && !this.destroyed;
    if (!isPlain || state.at === 'gone' || !Buffer.isBuffer(chunk) || this.writableCorked > 0) {
      return typeof second === 'string' ? super.write(chunk, second, third) : super.write(chunk, second);
    }
    const taken = this.#send(state.handle, chunk);
    return taken === chunk.length || super.write(chunk.subarray(taken));
  }

  override _write(chunk: Buffer, _encoding: string, callback: WriteCallback): void {
    this.#sendOrKeep(chunk, callback);
  }

  override _read(): void {
    this.#handle?.resume();
  }

  override _final(callback: WriteCallback): void {
    this.#handle?.shutdown();
    callback();
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    clearTimeout(this.#silence);
    this.#unsent = undefined;
    const handle = this.#handle;
    this.#state = { at: 'gone' };
    handle?.close();
    callback(error);
  }

  /** As in node:net: ends it, and destroys it when all that was written has gone out. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** As in node:net: tells by `timeout` that nothing was sent either way for so long; 0 takes it back. */
  setTimeout(ms: number, callback?: () => void): this {
    if (this.destroyed) return this;
    this.timeout = ms;
    clearTimeout(this.#silence);
    this.#silence = undefined;
    if (ms > 0) this.#silence = setTimeout(() => this.emit('timeout'), ms).unref();
    if (callback !== undefined && ms > 0) this.once('timeout', callback);
    if (callback !== undefined && ms === 0) this.off('timeout', callback);
    return this;
  }

  get #handle(): StreamHandle | undefined {
    return this.#state.at === 'open' ? this.#state.handle : undefined;
  }

  #sendOrKeep(chunk: Buffer, callback: WriteCallback): void {
    if (this.#state.at === 'gone') {
      callback(brokenPipe());
      return;
    }
    const taken = this.#send(this.#state.handle, chunk);
    if (taken === chunk.length) callback();
    else this.#unsent = { chunk: chunk.subarray(taken), callback };
  }

  /** How much of it was taken. Nothing by a connection that is gone and about to say so: then that ends the waiting. */
  #send(handle: StreamHandle, chunk: Buffer): number {
    this.#silence?.refresh();
    const taken = Math.max(0, handle.write(chunk));
    this.bytesWritten += taken;
    return taken;
  }
}

function brokenPipe(): Error {
  return Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' });
}
