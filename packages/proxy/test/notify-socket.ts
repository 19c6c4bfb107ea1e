// A notify socket as systemd has one: what a service says on it, message by message.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const missing = ['systemd-notify', 'python3'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
/** For `skip` of a test: false where messages can be sent and received. */
export const skipWithoutNotify = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

/** Node has no datagram sockets of the Unix domain; prints each message on a line, and answers what systemd-notify waits for. */
const receiver = `
import array, os, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    text, ancillary, _, _ = s.recvmsg(4096, 1024)
    for level, kind, data in ancillary:
        if kind == socket.SCM_RIGHTS:
            fds = array.array("i"); fds.frombytes(data)
            for fd in fds: os.close(fd)
        if kind == socket.SCM_CREDENTIALS: sender = struct.unpack("3i", data)[0]
    if text != b"BARRIER=1": print(sender, " ".join(l for l in text.decode().split("\\n") if not l.startswith("MAINPID")), flush=True)
`;

export interface NotifySocket extends AsyncDisposable {
  readonly path: string;
  /** The next message, its lines on one. */
  next(): Promise<string>;
  /** The process that has sent the last one. */
  readonly sender: number;
}

export async function openNotifySocket(): Promise<NotifySocket> {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'notify-'));
  const socket = join(folder.path, 'socket');
  const child = spawn('python3', ['-c', receiver, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  assert.equal(await nextLine(), 'bound');
  let sender = 0;
  return {
    path: socket,
    async next() {
      const [, pid = '', message = ''] = /^(\d+) (.*)$/.exec(await nextLine()) ?? [];
      sender = Number(pid);
      return message;
    },
    get sender() {
      return sender;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, 'close');
      folder[Symbol.dispose]();
    },
  };
}
