// Finds a loopback address of its own for each server-side proxy, by binding.

import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { isKept } from './kept-address.ts';

export interface Place {
  readonly address: string;
  readonly port: number;
}

// 127.0.0.1 is left to the proxy under test, whose listeners stand at 5432 and from there on.
const ADDRESSES = Array.from({ length: 253 }, (_, i) => `127.0.0.${i + 2}`);

/**
 * Binding is the only test that two emulators starting at once cannot both pass, so the first address that can be bound
 * is taken, after `former`, which is the one that clients may still know. macOS has no loopback address but 127.0.0.1: there a free port is taken, and clients have to be told.
 *
 * @throws EmulatorError `ADDRESS_UNAVAILABLE`
 */
export async function listenOnOwnAddress(server: Server, port: number, former?: string): Promise<Place> {
  for (const host of former === undefined ? ADDRESSES : new Set([former, ...ADDRESSES])) {
    try {
      const place = await listen(server, { host, port });
      if (port === 0 || !(await isKept(place))) return place;
      await stopListening(server);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EADDRNOTAVAIL') return listen(server, { host: '127.0.0.1', port: 0 });
      if (code !== 'EADDRINUSE') {
        throw new EmulatorError('ADDRESS_UNAVAILABLE', `Cannot listen on ${host}:${port}: ${reasonOf(cause)}`, {
          cause,
        });
      }
    }
  }
  throw new EmulatorError('ADDRESS_UNAVAILABLE', `Cannot find a free address from 127.0.0.2 on for port ${port}`, {
    hint: 'something may listen on that port of all addresses; choose another with serverProxyPort',
  });
}

export async function listen(server: Server, at: { readonly host: string; readonly port: number }): Promise<Place> {
  server.listen(at);
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return { address, port };
}

export async function stopListening(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
