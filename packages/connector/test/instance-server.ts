// A server-side proxy of a test: TLS as a real one speaks it, and whatever answer the test gives.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { stir, type TcpServer, track } from './tcp-server.ts';

/** Reply of the metadata exchange that says OK. */
export const okReply = Buffer.from([0, 0, 0, 2, 8, 1]);

export interface InstanceServer extends TcpServer {
  /** Names that clients announced (SNI); undefined stands for none. */
  readonly announced: readonly (string | undefined)[];
  /** Request messages of the metadata exchange, without their length, as text. */
  readonly requests: readonly string[];
  /** Resolves with the next connection whose handshake is done. */
  readonly secured: () => Promise<TLSSocket>;
}

export interface Call {
  /** How many requests came before this one. */
  readonly earlier: number;
  /** Resets the TCP connection, without the goodbye that TLS would say. */
  readonly reset: () => void;
}

export type Answer = (socket: TLSSocket, call: Call) => void;

export function sayOk(socket: TLSSocket): void {
  socket.write(okReply);
}

/** Reply of the metadata exchange that says ERROR with a text of less than 120 bytes. */
export function errorReply(text: string): Buffer {
  const message = Buffer.concat([Buffer.of(8, 2, 0x12, text.length), Buffer.from(text)]);
  return Buffer.concat([Buffer.of(0, 0, 0, message.length), message]);
}

/** @param answer Default {@link sayOk}. */
export async function startInstanceServer(tls: TlsOptions, answer: Answer = sayOk): Promise<InstanceServer> {
  const announced: (string | undefined)[] = [];
  const requests: string[] = [];
  const below = new Map<number | undefined, Socket>();
  const server = createServer(tls, (socket) => {
    socket.on('error', () => socket.destroy());
    // Typed as always there, but missing when the client sent none.
    announced.push((socket as { servername?: string | false }).servername || undefined);
    const reset = (): void => void below.get(socket.remotePort)?.resetAndDestroy();
    void readRequest(socket).then((request) => {
      if (request === undefined) return void socket.destroy();
      requests.push(request);
      socket.resume();
      answer(socket, { earlier: requests.length - 1, reset });
    });
  });
  server.on('connection', (socket: Socket) => below.set(socket.remotePort, socket));
  return {
    ...(await track(server)),
    announced,
    requests,
    secured: async () => ((await once(server, 'secureConnection')) as [TLSSocket])[0],
  };
}

async function readRequest(socket: TLSSocket): Promise<string | undefined> {
  const header = await read(socket, 4);
  const message = header && (await read(socket, header.readUInt32BE()));
  return message?.toString('utf8');
}

/** Undefined when the client left before. */
async function read(socket: Socket, length: number): Promise<Buffer | undefined> {
  for (;;) {
    const bytes = socket.read(length) as Buffer | null;
    if (bytes !== null) return bytes;
    if (socket.destroyed || socket.readableEnded) return undefined;
    await stir(socket);
  }
}
