// Tells whether a session of PostgreSQL is idle, from the messages of both sides since its startup.

import { type Frame, FrameScanner } from './frame-scanner.ts';
import { readFirstMessage } from './startup.ts';

type Phase =
  /** The client is to say its first message; a part of it may have come. */
  | { readonly at: 'greeting'; readonly sent: Buffer }
  /** A request for encryption waits for its one-byte answer. */
  | { readonly at: 'encryption-answer' }
  /** Both sides speak in messages with type and length. */
  | { readonly at: 'messages' }
  /** Encrypted, or not understood: nothing can be told any more. */
  | { readonly at: 'opaque' };

// What a client sends to get, sooner or later, one ReadyForQuery: Query, Sync, FunctionCall.
const asksForReady: ReadonlySet<string> = new Set(['Q', 'S', 'F']);
// What belongs to a request that is counted already: rows of a COPY, and passwords before the first ReadyForQuery.
const belongsToRequest: ReadonlySet<string> = new Set(['d', 'c', 'f', 'p']);

/**
 * The last bytes of a stream prove nothing: they may be a part of a row, or the client may have sent its next query
 * already. So requests and answers are counted from the startup on.
 */
export class IdleTracker {
  /** Called when a chunk leaves the session idle, while the chunk itself is still to be passed on. */
  onIdle: (() => void) | undefined;
  #phase: Phase = { at: 'greeting', sent: Buffer.alloc(0) };
  /** Answers that are owed; the startup is owed the first. */
  #owed = 1;
  /** The client has begun something that only a Sync will finish. */
  #isUnfinished = false;
  /** What it asked for last. */
  #asked = '';
  /** The server takes rows of a COPY, and heeds no Sync until they end. */
  #isCopyingIn = false;
  #isInTransaction = true;
  readonly #fromClient = new FrameScanner(({ type }) => {
    if (type === 'c' || type === 'f') this.#isCopyingIn = false;
    if (this.#isCopyingIn && type === 'S') return;
    if (asksForReady.has(type)) {
      this.#owed += 1;
      this.#asked = type;
    }
    if (!belongsToRequest.has(type)) this.#isUnfinished = !asksForReady.has(type);
  });
  readonly #fromServer = new FrameScanner(({ type, first }: Frame) => {
    if (type === 'G') this.#copyIn();
    if (type !== 'Z') return;
    this.#owed -= 1;
    this.#isCopyingIn = false;
    this.#isInTransaction = first !== 'I';
  });

  /** Whether the server waits for the client, outside of any transaction, and no byte of either is on its way. */
  get isIdle(): boolean {
    return (
      this.#phase.at === 'messages' &&
      this.#owed === 0 &&
      !this.#isUnfinished &&
      !this.#isInTransaction &&
      this.#fromClient.isBetweenFrames &&
      this.#fromServer.isBetweenFrames
    );
  }

  clientSent(chunk: Buffer): void {
    switch (this.#phase.at) {
      case 'greeting':
        this.#phase = this.#greet(Buffer.concat([this.#phase.sent, chunk]));
        return;
      case 'encryption-answer':
        // It did not wait: what follows may be in cipher already.
        this.#phase = { at: 'opaque' };
        return;
      case 'messages':
        this.#fromClient.scan(chunk);
        this.#tellIfIdle();
        return;
      case 'opaque':
        return;
    }
  }

  serverSent(chunk: Buffer): void {
    switch (this.#phase.at) {
      case 'encryption-answer':
        this.#phase = chunk.toString('latin1') === 'N' ? { at: 'greeting', sent: Buffer.alloc(0) } : { at: 'opaque' };
        return;
      case 'messages':
        this.#fromServer.scan(chunk);
        this.#tellIfIdle();
        return;
      case 'greeting':
        this.#phase = { at: 'opaque' };
        return;
      case 'opaque':
        return;
    }
  }

  /**
   * A Sync that stands behind the Execute of a COPY, as libpq sends it, finds the server taking rows and is ignored: another
   * one follows the rows (PostgreSQL documentation, "COPY Operations").
   */
  #copyIn(): void {
    if (this.#asked !== 'S' || this.#isUnfinished || this.#owed === 0) return;
    this.#owed -= 1;
    this.#isUnfinished = true;
    this.#isCopyingIn = true;
  }

  #tellIfIdle(): void {
    if (this.onIdle !== undefined && this.isIdle) this.onIdle();
  }

  #greet(sent: Buffer): Phase {
    const message = readFirstMessage(sent);
    switch (message.kind) {
      case 'incomplete':
        return { at: 'greeting', sent };
      case 'encryption-request':
        return sent.length === message.length ? { at: 'encryption-answer' } : { at: 'opaque' };
      case 'startup':
        this.#fromClient.scan(sent.subarray(message.length));
        return { at: 'messages' };
      case 'cancel-request':
      case 'unknown':
        return { at: 'opaque' };
    }
  }
}
