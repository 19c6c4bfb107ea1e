// Ports for listeners whose number a scenario has to know beforehand.

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

// Below the range from which Linux picks ports for outgoing connections, and apart for test processes that run at once.
const first = 15_000;
const span = 15_000;
let next = first + ((process.pid * 37) % span);

/** The first of so many consecutive ports that are free on 127.0.0.1 right now. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const base = next;
    next = next + count >= first + span ? first : next + count;
    if (await areFree(base, count)) return base;
  }
}

async function areFree(base: number, count: number): Promise<boolean> {
  const servers: Server[] = [];
  try {
    for (let port = base; port < base + count; port += 1) {
      const server = createServer().listen(port, '127.0.0.1');
      servers.push(server);
      await once(server, 'listening');
    }
    return true;
  } catch {
    // Somebody holds one of them.
    return false;
  } finally {
    for (const server of servers) server.close();
  }
}
