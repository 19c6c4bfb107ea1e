// The client that a fault happens to: speaks PostgreSQL byte by byte, and says how it ended.

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What the client was left with. `ended` is a connection that closed or was reset without a word. */
export type Ending = 'complete' | 'error' | 'ended';

const sslRequest = Buffer.of(0, 0, 0, 8, 4, 210, 22, 47);
const readyForQuery = 'Z';
const errorResponse = 'E';

export class Victim implements Disposable {
  readonly #tcp: Socket;
  /** What PostgreSQL is spoken over. */
  readonly #socket: Socket;
  /** How many messages of each type have come. */
  readonly #seen = new Map<string, number>();
  #unread = Buffer.alloc(0);
  #error = '';
  #gone = false;
  #changed = Promise.withResolvers<void>();

  /** @param ca who has issued the certificate of a proxy with local TLS; without it nothing is encrypted. */
  constructor(port: number, ca?: string) {
    this.#tcp = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#socket = ca === undefined ? this.#tcp : encrypt(this.#tcp, ca);
    this.#tcp.on('error', () => undefined);
    const onGone = (): void => {
      this.#gone = true;
      this.#wake();
    };
    this.#socket.on('error', onGone).once('end', onGone).once('close', onGone);
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** Fields of the ErrorResponse that has come, if one has: a letter and a text each, separated by zeros. */
  get error(): string {
    return this.#error;
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Sends one byte at a time, each in a packet of its own as far as TCP allows. */
  async drip(bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      this.#socket.write(Buffer.of(byte));
      await nextTurn();
    }
  }

  /** Sends SSLRequest and takes the answer, one byte, which is no: the way to the server is encrypted already. */
  async askForEncryption(limitMs: number): Promise<void> {
    this.send(sslRequest);
    await this.#until(() => this.#unread.length > 0, limitMs, 'an answer to SSLRequest');
    assert.equal(this.#unread.toString('latin1'), 'N');
    this.#unread = Buffer.alloc(0);
  }

  /** Waits for so many messages of this type. */
  async received(type: string, count: number, limitMs: number): Promise<void> {
    await this.#until(() => this.#count(type) >= count, limitMs, `message ${type}`);
    assert.ok(this.#count(type) >= count, `the connection ended before message ${type}: ${this.#summary()}`);
  }

  /** Waits until the server is ready for the query after so many, says why not, or goes. */
  async ending(readyCount: number, limitMs: number): Promise<Ending> {
    const complete = (): boolean => this.#count(readyForQuery) >= readyCount;
    const failed = (): boolean => this.#count(errorResponse) > 0;
    await this.#until(() => complete() || failed(), limitMs, 'an end');
    if (failed()) return 'error';
    return complete() ? 'complete' : 'ended';
  }

  async connected(): Promise<void> {
    await this.#until(() => !this.#socket.connecting, 5_000, 'the connection');
  }

  /** Sends half of the bytes and closes. */
  truncate(bytes: Buffer): void {
    this.#socket.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
    this.#socket.destroySoon();
  }

  /** Sends the beginning of a TLS record and closes. */
  truncateRecord(): void {
    this.#tcp.write(Buffer.of(0x17, 3, 3, 0x40, 0, 1, 2, 3), () => this.#tcp.destroy());
  }

  halfClose(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#tcp.resetAndDestroy();
  }

  /** Reads no more; what was sent stays sent. */
  stall(): void {
    this.#socket.pause();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  /** Waits until something holds, or the connection is gone; fails after the limit: that is a hang. */
  async #until(holds: () => boolean, limitMs: number, what: string): Promise<void> {
    const limit = AbortSignal.timeout(limitMs);
    const onLimit = (): void => this.#wake();
    limit.addEventListener('abort', onLimit);
    this.#socket.once('connect', onLimit);
    while (!holds() && !this.#gone) {
      assert.ok(!limit.aborted, `the client waits for ${what} since ${limitMs} ms: ${this.#summary()}`);
      await this.#changed.promise;
    }
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= 5) {
      const length = 1 + this.#unread.readUInt32BE(1);
      if (this.#unread.length < length) break;
      const type = this.#unread.toString('latin1', 0, 1);
      this.#seen.set(type, this.#count(type) + 1);
      if (type === errorResponse) this.#error = this.#unread.toString('utf8', 5, length);
      this.#unread = this.#unread.subarray(length);
    }
    this.#wake();
  }

  #count(type: string): number {
    return this.#seen.get(type) ?? 0;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #summary(): string {
    return `messages so far ${JSON.stringify(Object.fromEntries(this.#seen))}, ${this.#unread.length} bytes unread`;
  }
}

/** Direct TLS, as of PostgreSQL 17. */
function encrypt(socket: Socket, ca: string): Socket {
  return connectTls({
    socket,
    ca,
    host: 'localhost',
    ALPNProtocols: ['postgresql'],
    allowHalfOpen: true,
  } as ConnectionOptions);
}
