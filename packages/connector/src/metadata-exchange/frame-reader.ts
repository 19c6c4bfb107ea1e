// Reads exact numbers of bytes from a stream and gives back what lies behind them.

import type { Readable } from 'node:stream';
import { reasonOf } from '../errors.ts';

/** The reply broke off or made no sense. `received` tells an ending before the first byte from a torn reply. */
export class ExchangeBrokenError extends Error {
  override readonly name: string = 'ExchangeBrokenError';
  /** Bytes of the reply that had come. */
  readonly received: number;
  /** Whether the server ended the stream, as opposed to sending something that makes no sense. */
  readonly ended: boolean;

  constructor(message: string, { received, ended }: { readonly received: number; readonly ended: boolean }) {
    super(message);
    this.received = received;
    this.ended = ended;
  }
}

export class FrameReader {
  readonly #stream: Readable;
  readonly #signal: AbortSignal;
  #received = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: Error | undefined;

  constructor(stream: Readable, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    stream.on('readable', this.#onReadable);
    stream.on('end', this.#onEnd);
    stream.on('close', this.#onEnd);
    stream.on('error', this.#onError);
    signal.addEventListener('abort', this.#onReadable);
  }

  /** The error for bytes that were read and are no reply. */
  broken(reason: string): ExchangeBrokenError {
    return new ExchangeBrokenError(reason, { received: this.#received, ended: false });
  }

  /** The next `length` bytes, however they were split on the way. */
  async read(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      this.#signal.throwIfAborted();
      const part = this.#take(missing);
      if (part !== undefined) {
        parts.push(part);
        missing -= part.length;
        continue;
      }
      if (this.#failure !== undefined) throw this.#explain(this.#failure);
      if (this.#ended)
        throw new ExchangeBrokenError('the server closed the connection', { received: this.#received, ended: true });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return Buffer.concat(parts, length);
  }

  /** An error of the stream within a reply is a torn reply; before it, it speaks for itself. */
  #explain(failure: Error): Error {
    if (this.#received === 0) return failure;
    return new ExchangeBrokenError(reasonOf(failure), { received: this.#received, ended: true });
  }

  /** Lets the stream go, paused, with every unread byte still in it. */
  release(): void {
    this.#stream.off('readable', this.#onReadable);
    this.#stream.off('end', this.#onEnd);
    this.#stream.off('close', this.#onEnd);
    this.#stream.off('error', this.#onError);
    this.#signal.removeEventListener('abort', this.#onReadable);
  }

  /** Takes at most `most` bytes of the next chunk; the rest of the chunk goes back to the front of the stream. */
  #take(most: number): Buffer | undefined {
    const chunk = this.#stream.read() as Buffer | null;
    if (chunk === null) return undefined;
    if (chunk.length > most) this.#stream.unshift(chunk.subarray(most));
    const taken = chunk.subarray(0, most);
    this.#received += taken.length;
    return taken;
  }

  readonly #onReadable = (): void => {
    this.#wake?.();
    this.#wake = undefined;
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#onReadable();
  };

  readonly #onError = (error: Error): void => {
    this.#failure = error;
    this.#onReadable();
  };
}
