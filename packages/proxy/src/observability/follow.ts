// Listens to a diagnostics channel for as long as somebody wants to.

import type { Channel } from 'node:diagnostics_channel';

/** Until it is disposed of. What `note` throws would end the process. */
export function follow(channel: Channel, note: (message: unknown) => void): Disposable {
  channel.subscribe(note);
  return { [Symbol.dispose]: () => channel.unsubscribe(note) };
}
