// Makes a connection go wrong at its start in the way that was ordered.

import type { Socket } from 'node:net';
import type { AcceptFault } from '../faults/fault.ts';

/** Those that happen below TLS, on the bare TCP connection. */
export type TcpFault = Extract<
  AcceptFault,
  { readonly kind: `${'close' | 'reset' | 'stall'}-${'at-accept' | 'in-handshake'}` }
>;

/** Head of a TLS record that promises a ServerHello of 122 bytes. */
const SERVER_HELLO_HEAD = Buffer.from([0x16, 0x03, 0x03, 0x00, 0x7a, 0x02]);

export function applyTcpFault(socket: Socket, fault: TcpFault): void {
  switch (fault.kind) {
    case 'close-at-accept':
      close(socket);
      break;
    case 'reset-at-accept':
      socket.resetAndDestroy();
      break;
    case 'stall-at-accept':
      stall(socket);
      break;
    case 'close-in-handshake':
      startHandshake(socket, () => close(socket));
      break;
    case 'reset-in-handshake':
      startHandshake(socket, () => socket.resetAndDestroy());
      break;
    case 'stall-in-handshake':
      startHandshake(socket, () => stall(socket));
      break;
  }
}

function startHandshake(socket: Socket, then: () => void): void {
  socket.once('data', () => socket.write(SERVER_HELLO_HEAD, then));
}

/** Whatever the client sends is read: the kernel answers bytes that nobody has read with a reset. */
function close(socket: Socket): void {
  socket.resume();
  socket.end();
}

/** Reads on, so that the client's end is noticed. */
function stall(socket: Socket): void {
  socket.resume();
  socket.once('end', () => socket.end());
}
