// Takes a place again that was left for a while.

import type { Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { listen, type Place } from './loopback-address.ts';

export interface Listener {
  readonly server: Server;
  readonly place: Place;
}

// Another emulator that looks for an address holds this one for as long as it takes to see that it is kept.
const ATTEMPTS = 50;
const PAUSE_MS = 20;

/** @throws EmulatorError `ADDRESS_UNAVAILABLE` */
export async function listenAgain({ server, place: { address, port } }: Listener): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await listen(server, { host: address, port });
      return;
    } catch (cause) {
      if (attempt === ATTEMPTS) {
        const subject = `Cannot listen on ${address}:${port} again`;
        throw new EmulatorError('ADDRESS_UNAVAILABLE', `${subject}: ${reasonOf(cause)}`, { cause });
      }
      await delay(PAUSE_MS);
    }
  }
}
