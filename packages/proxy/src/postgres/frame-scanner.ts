// Follows the messages in one direction of a PostgreSQL connection without keeping them.

/** A message whose last byte has come. `first` is the first byte of its body, absent when it has none. */
export interface Frame {
  /** The letter of its type, as in `Z`. */
  readonly type: string;
  readonly first: string | undefined;
}

const headerLength = 5;

/** Scans the part of a stream in which every message has a type byte: all of it, but for the greeting. */
export class FrameScanner {
  readonly #onFrame: (frame: Frame) => void;
  readonly #header = Buffer.alloc(headerLength + 1);
  #headerFilled = 0;
  #bodyLeft = 0;
  #broken = false;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Whether every message that has begun has ended, and all of it made sense. */
  get isBetweenFrames(): boolean {
    return this.#headerFilled === 0 && !this.#broken;
  }

  scan(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#broken; ) {
      if (this.#headerFilled < headerLength) {
        const taken = Math.min(headerLength - this.#headerFilled, chunk.length - at);
        chunk.copy(this.#header, this.#headerFilled, at, at + taken);
        this.#headerFilled += taken;
        at += taken;
        if (this.#headerFilled === headerLength) this.#beginBody();
      } else {
        // The first byte of the body is kept: in ReadyForQuery it says whether a transaction is open.
        if (this.#headerFilled === headerLength) {
          this.#header[headerLength] = chunk[at] ?? 0;
          this.#headerFilled += 1;
        }
        const taken = Math.min(this.#bodyLeft, chunk.length - at);
        this.#bodyLeft -= taken;
        at += taken;
        if (this.#bodyLeft === 0) this.#endFrame();
      }
    }
  }

  #beginBody(): void {
    const length = this.#header.readUInt32BE(1);
    // The length counts itself. Anything less is no message: from here on nothing can be told.
    if (length < 4) this.#broken = true;
    this.#bodyLeft = length - 4;
    if (this.#bodyLeft === 0) this.#endFrame();
  }

  #endFrame(): void {
    const hasBody = this.#headerFilled > headerLength;
    this.#headerFilled = 0;
    this.#onFrame({
      type: String.fromCharCode(this.#header[0] ?? 0),
      first: hasBody ? String.fromCharCode(this.#header[headerLength] ?? 0) : undefined,
    });
  }
}
