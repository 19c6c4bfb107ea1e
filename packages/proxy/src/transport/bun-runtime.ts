// What this program uses of Bun's own sockets (https://bun.com/docs/runtime/networking/tcp); only executables have them.

import type { X509Certificate } from 'node:crypto';

/** A connection as Bun has it. What it says comes to the handlers. */
export interface BunHandle<Data> {
  data: Data;
  /** How many bytes were taken, which may be none; negative when there is no connection any more. The rest is the caller's. */
  write(bytes: Uint8Array): number;
  /** Ends the own direction. */
  shutdown(): void;
  /** Ends both, at once. */
  close(): void;
  pause(): void;
  resume(): void;
  setNoDelay(on: boolean): boolean;
  setKeepAlive(on: boolean, initialDelayMs: number): boolean;
  getTLSVersion(): string;
  getPeerX509Certificate(): X509Certificate | undefined;
}

export interface BunHandlers<Data> {
  /** TCP is connected. */
  open(handle: BunHandle<Data>): void;
  handshake(handle: BunHandle<Data>, isTrusted: boolean, error: Error | null): void;
  data(handle: BunHandle<Data>, chunk: Buffer): void;
  drain(handle: BunHandle<Data>): void;
  /** The peer has ended its direction. */
  end(handle: BunHandle<Data>): void;
  error(handle: BunHandle<Data>, error: Error): void;
  close(handle: BunHandle<Data>, error?: Error): void;
  connectError(handle: BunHandle<Data>, error: Error): void;
}

export interface BunConnectOptions<Data> {
  readonly hostname: string;
  readonly port: number;
  readonly allowHalfOpen: true;
  readonly data: Data;
  readonly socket: BunHandlers<Data>;
  readonly tls: {
    readonly cert: string;
    readonly key: string;
    readonly ca: string;
    readonly rejectUnauthorized: true;
    /** As on the wire. */
    readonly minVersion: number;
    /** Announced, and looked for in the certificate; without any the latter shows the address that is dialled. */
    readonly serverName: string;
  };
}

export interface BunRuntime {
  connect<Data>(options: BunConnectOptions<Data>): Promise<unknown>;
}

/** Undefined on Node. */
export const bunRuntime: BunRuntime | undefined = (globalThis as { readonly Bun?: BunRuntime }).Bun;
