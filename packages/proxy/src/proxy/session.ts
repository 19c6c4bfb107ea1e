// One client: from its arrival over the dial to the end of its last byte.

import type { Socket } from 'node:net';
import type { Connection } from 'alloydb-connector';
import type { Logger } from '../observability/logger.ts';
import type { CloseReason } from '../relay/close-reason.ts';
import { relay } from '../relay/relay.ts';
import { FirstBytes } from './first-bytes.ts';

/** All that a session knows of the connector. */
export type Dial = (signal: AbortSignal) => Promise<Connection>;

export interface SessionOptions {
  /** Number of the session in this process, to tell the lines of a log apart. */
  readonly id: number;
  /** Short name of the instance, for log lines. */
  readonly instance: string;
  readonly dial: Dial;
  readonly logger: Logger;
}

export class Session {
  readonly #client: Socket;
  readonly #options: SessionOptions;
  readonly #stop = new AbortController();
  #upstream: Socket | undefined;

  constructor(client: Socket, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
    // One listener from the first moment to the last: a reset between two phases must find somebody.
    client.on('error', (error) => options.logger.debug(this.#line(`client socket: ${error.message}`), this.#fields));
  }

  /** Serves the client to the end. Never rejects: whatever happens to one client stays with it. */
  async run(): Promise<void> {
    this.#info(`accepted connection from ${describePeer(this.#client)}`);
    const connection = await this.#connect();
    if (connection !== undefined) {
      this.#upstream = connection.socket;
      if (this.#stop.signal.aborted) this.stop();
      this.#reportEnd(await relay(this.#client, connection.socket));
    }
    this.#client.destroy();
  }

  /** Ends the session at once. Idempotent. */
  stop(): void {
    this.#stop.abort(new Error('the proxy is shutting down'));
    this.#client.destroy();
    this.#upstream?.destroy();
  }

  /** Dials while the client's first bytes are held; undefined when there will be no connection. */
  async #connect(): Promise<Connection | undefined> {
    const { dial, logger } = this.#options;
    let hungUp = false;
    const firstBytes = new FirstBytes(this.#client, () => {
      hungUp = true;
      this.#stop.abort(new Error('the client hung up'));
    });
    const startedAt = performance.now();
    try {
      const connection = await dial(this.#stop.signal);
      for (const chunk of firstBytes.release()) connection.socket.write(chunk);
      const ms = Math.round(performance.now() - startedAt);
      logger.debug(
        this.#line(`connected to ${connection.address} ${connection.route} (${connection.choice}) in ${ms} ms`),
        this.#fields,
      );
      return connection;
    } catch (error) {
      firstBytes.release();
      if (hungUp) {
        this.#info('client closed the connection before the instance was connected');
      } else if (this.#stop.signal.aborted) {
        this.#info('closed the connection to shut down');
      } else {
        logger.error(this.#line(`failed to connect to instance: ${messageOf(error)}`), {
          ...this.#fields,
          ...hintOf(error),
        });
      }
      return undefined;
    }
  }

  #reportEnd({ by, error }: CloseReason): void {
    if (this.#stop.signal.aborted) this.#info('closed the connection to shut down');
    else this.#info(`${by} closed the connection${error === undefined ? '' : ` (${error.message})`}`);
  }

  #info(text: string): void {
    this.#options.logger.info(this.#line(text), this.#fields);
  }

  #line(text: string): string {
    return `[${this.#options.instance}] ${text}`;
  }

  get #fields(): { readonly connection: number } {
    return { connection: this.#options.id };
  }
}

/** The client's address; a unix socket has none, and none is invented. */
function describePeer({ remoteAddress: address, remotePort: port }: Socket): string {
  if (address === undefined) return 'a unix socket';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hintOf(error: unknown): { readonly hint?: string } {
  return error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? { hint: error.hint } : {};
}
