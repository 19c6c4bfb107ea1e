// A session with a server that sends back what it gets: shows that a connection stands, without a database.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const length = 1000;

export class EchoSession implements Disposable {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(port: number): Promise<EchoSession> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new EchoSession(socket);
  }

  /** @throws {Error} when something else comes back, or the connection ends. */
  async round(): Promise<void> {
    const sent = randomBytes(length);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let received = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      if (received.length < length) return;
      if (received.equals(sent)) resolve();
      else reject(new Error('something else came back'));
    };
    const onGone = (): void => reject(new Error('the session ended'));
    this.#socket.on('data', onData).once('close', onGone).once('error', reject);
    this.#socket.write(sent);
    try {
      await promise;
    } finally {
      this.#socket.off('data', onData).off('close', onGone).off('error', reject);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.on('error', () => undefined).destroy();
  }
}
