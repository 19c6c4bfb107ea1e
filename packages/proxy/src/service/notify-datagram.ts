// sd_notify(3) by the C library: one datagram from this very process, which is what a unit without NotifyAccess=all listens to. Executables alone can.

import { ptr } from 'bun:ffi';
import { AF_UNIX, MSG_DONTWAIT, openCLibrary, SOCK_CLOEXEC } from '../c-library.ts';

// As those of c-library.ts.
const SOCK_DGRAM = 2;
const MSG_NOSIGNAL = 0x4000;
/** Of `sun_path`, in bytes. */
const longestPath = 108;

type Library = ReturnType<typeof load>;
let library: Library | undefined;

/**
 * @param socket `NOTIFY_SOCKET`: a path, or `@` and an abstract name.
 * @throws {Error} when it could not be sent.
 */
export function sendDatagram(socket: string, text: string): void {
  const { symbols } = (library ??= load());
  const address = unixAddress(socket);
  const message = Buffer.from(text);
  const descriptor = Number(symbols.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (descriptor < 0) throw new Error('no socket could be opened to tell the service manager');
  try {
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const sent = symbols.sendto(descriptor, ptr(message), message.length, flags, ptr(address), address.length);
    if (Number(sent) !== message.length) throw new Error(`${socket} takes no messages`);
  } finally {
    symbols.close(descriptor);
  }
}

/** struct sockaddr_un: two bytes of family, then the path; an abstract name begins with a zero byte. */
function unixAddress(socket: string): Buffer {
  const path = Buffer.from(socket.startsWith('@') ? `\0${socket.slice(1)}` : `${socket}\0`);
  if (!/^[/@]/.test(socket) || path.length > longestPath) throw new Error(`${socket} is no Unix socket`);
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, path]);
}

function load() {
  return openCLibrary({
    socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    sendto: { args: ['i32', 'ptr', 'usize', 'i32', 'ptr', 'u32'], returns: 'i64_fast' },
    close: { args: ['i32'], returns: 'i32' },
  });
}
