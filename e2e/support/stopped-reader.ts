// Something to write to that is full from the beginning, and whose reader never reads.

import { execFileSync, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

export interface StoppedReader extends Disposable {
  /** For every stream of a process that it is to stop. */
  readonly stdio: StdioOptions;
  /** Lets go of the writing end, which the started process has by now. */
  release(): void;
}

export function stoppedPipe(folder: string): StoppedReader {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  // Open both ways, it has a reader without one that waits for a writer.
  const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  // One for each stream: those of one opening share whatever is switched about it.
  const writers = [1, 2, 3].map(() => openSync(path, constants.O_WRONLY));
  fill(reader);
  return {
    stdio: ['ignore', ...writers],
    release: () => writers.forEach((writer) => closeSync(writer)),
    [Symbol.dispose]: () => closeSync(reader),
  };
}

export async function stoppedSocket(folder: string): Promise<StoppedReader> {
  const server = createServer({ pauseOnConnect: true }).listen(join(folder, 'socket'));
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const writer = connect(join(folder, 'socket'));
  const [[reader]] = await Promise.all([accepted, once(writer, 'connect')]);
  reader.on('error', () => undefined);
  writer.on('error', () => undefined);
  // More than any system keeps; what it does not take stays here, and is thrown away on release.
  writer.write(Buffer.alloc(16 * 1024 * 1024, '\n'));
  return {
    stdio: ['ignore', writer, writer, writer],
    release: () => writer.destroy(),
    [Symbol.dispose]() {
      reader.destroy();
      server.close();
    },
  };
}

function fill(descriptor: number): void {
  try {
    for (;;) writeSync(descriptor, Buffer.alloc(4_096, '\n'));
  } catch {
    // It is full.
  }
}
