// Opens connections to instances by Bun's own sockets, which cost less than those of its node:net and node:tls.

import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { OpenedTransport, Transport, TransportRequest, VerifyPeer } from 'alloydb-connector';
import { asNodeError, connectError } from './bun-errors.ts';
import type { BunHandle, BunHandlers, BunRuntime } from './bun-runtime.ts';
import { BunSocket } from './bun-socket.ts';

type Handle = BunHandle<Attempt>;

/**
 * - `connecting`: TCP is under way.
 * - `shaking`: the handshake is.
 * - `trusted`: the chain of the server is trusted; its certificate is still to be judged.
 * - `secured`: somebody has the stream.
 * - `over`: it has failed, or nobody wants it any more.
 */
type State =
  | { readonly at: 'connecting' }
  | { readonly at: 'shaking'; readonly handle: Handle }
  | { readonly at: 'trusted'; readonly handle: Handle; readonly socket: BunSocket }
  | { readonly at: 'secured'; readonly socket: BunSocket }
  | { readonly at: 'over' };

const tls13 = 0x0304;
/**
 * Bun cannot give up a connection that is not there yet: the system tries on, for minutes where nobody answers. So there may be
 * no more than these that nobody waits for; with more, node:net dials, which can.
 */
const mostAbandoned = 32;

/** Same objects for all connections: what differs is in the attempt. */
const handlers: BunHandlers<Attempt> = {
  open: (handle) => handle.data.opened(handle),
  handshake: (handle, isTrusted, error) => handle.data.shaken(isTrusted, error),
  data: (handle, chunk) => handle.data.socket?.received(chunk),
  drain: (handle) => handle.data.socket?.drained(),
  end: (handle) => handle.data.socket?.ended(),
  error: (handle, error) => handle.data.failed(asNodeError(error)),
  close: (handle, error) => handle.data.closed(error === undefined ? undefined : asNodeError(error)),
  connectError: (handle, error) => handle.data.refused(error),
};

export class BunTransport implements Transport {
  readonly #bun: BunRuntime;
  #abandoned = 0;

  constructor(bun: BunRuntime) {
    this.#bun = bun;
  }

  open(request: TransportRequest, signal: AbortSignal): Promise<OpenedTransport> | undefined {
    const { host, serverName } = request;
    // Bun insists on a certificate for the address that is dialled, unless it is told a name.
    const isElsewhere = isIP(serverName) !== 0 && serverName !== host;
    if (isElsewhere || this.#abandoned >= mostAbandoned) return undefined;
    return this.#open(request, signal);
  }

  async #open(request: TransportRequest, signal: AbortSignal): Promise<OpenedTransport> {
    signal.throwIfAborted();
    const { host, port, serverName, identity } = request;
    const attempt = new Attempt(request);
    const connecting = this.#bun.connect({
      hostname: host,
      port,
      allowHalfOpen: true,
      data: attempt,
      socket: handlers,
      tls: {
        cert: identity.chain.join('\n'),
        key: identity.privateKey,
        ca: identity.serverCa,
        rejectUnauthorized: true,
        minVersion: tls13,
        serverName: isIP(serverName) === 0 ? serverName : '',
      },
    });
    const onAbort = (): void => {
      attempt.giveUp(signal.reason);
      this.#abandoned += 1;
      const forget = (): void => void (this.#abandoned -= 1);
      void connecting.then(forget, forget);
    };
    connecting.catch(() => undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await attempt.connected;
      return attempt;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

class Attempt implements OpenedTransport {
  readonly #request: TransportRequest;
  readonly #connected = Promise.withResolvers<void>();
  readonly #trusted = Promise.withResolvers<void>();
  #state: State = { at: 'connecting' };
  /** A certificate whose chain is trusted, of another server. */
  #misnamed: X509Certificate | undefined;

  constructor(request: TransportRequest) {
    this.#request = request;
    // Whoever gives up in one step does not wait for the other.
    for (const { promise } of [this.#connected, this.#trusted]) promise.catch(() => undefined);
  }

  get connected(): Promise<void> {
    return this.#connected.promise;
  }

  get socket(): BunSocket | undefined {
    return 'socket' in this.#state ? this.#state.socket : undefined;
  }

  async secured(verify: VerifyPeer, signal: AbortSignal): Promise<TLSSocket> {
    const onAbort = (): void => this.giveUp(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#trusted.promise;
      signal.throwIfAborted();
      return this.#take(verify);
    } catch (error) {
      this.giveUp(error);
      // Bun has looked at the name before us; what is wrong with it is said in the same words as on Node.
      throw (this.#misnamed && verify(this.#misnamed)) ?? error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  giveUp(reason: unknown): void {
    const state = this.#state;
    if (state.at === 'secured' || state.at === 'over') return;
    this.#state = { at: 'over' };
    this.#connected.reject(reason);
    this.#trusted.reject(reason);
    if (state.at === 'shaking') state.handle.close();
    if (state.at === 'trusted') state.socket.destroy();
  }

  opened(handle: Handle): void {
    if (this.#state.at === 'over') {
      handle.close();
      return;
    }
    const { keepAliveMs } = this.#request;
    handle.setNoDelay(true);
    if (keepAliveMs > 0) handle.setKeepAlive(true, keepAliveMs);
    this.#state = { at: 'shaking', handle };
    this.#connected.resolve();
  }

  refused(error: Error): void {
    this.giveUp(connectError(error, this.#request));
  }

  shaken(isTrusted: boolean, error: Error | null): void {
    if (this.#state.at !== 'shaking') return;
    const { handle } = this.#state;
    if (!isTrusted || error !== null) {
      const code = error !== null && 'code' in error ? error.code : undefined;
      if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') this.#misnamed = handle.getPeerX509Certificate();
      this.giveUp(error === null ? new Error('the TLS handshake failed') : asNodeError(error));
      return;
    }
    // At once, for what follows in the same turn: the server may speak first, or refuse the client certificate.
    const socket = new BunSocket(handle);
    // Whoever holds it next is not ended by an error in between.
    socket.on('error', () => undefined);
    this.#state = { at: 'trusted', handle, socket };
    this.#trusted.resolve();
  }

  failed(error: Error): void {
    if (this.socket === undefined) this.giveUp(error);
    else this.socket.failed(error);
  }

  closed(error: Error | undefined): void {
    if (this.socket === undefined) {
      this.giveUp(error ?? new Error('the server closed the connection during the handshake'));
    } else {
      this.socket.cutOff(error);
    }
  }

  /** Asked when the chain is known to be trusted. */
  #take(verify: VerifyPeer): TLSSocket {
    if (this.#state.at !== 'trusted') throw new Error('unreachable: whoever gives up rejects first');
    const { handle, socket } = this.#state;
    const version = handle.getTLSVersion();
    if (version !== 'TLSv1.3') throw new Error(`the server speaks ${version}, not TLSv1.3`);
    const certificate = handle.getPeerX509Certificate();
    if (certificate === undefined) throw new Error('the server has shown no certificate');
    const problem = verify(certificate);
    if (problem !== undefined) throw problem;
    this.#state = { at: 'secured', socket };
    return socket as unknown as TLSSocket;
  }
}
