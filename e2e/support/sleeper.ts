// A program for the clock-jump scenario: gets connection info once, then only waits, and prints every refresh.

import { Connector, type RefreshEvent, refreshChannel } from 'alloydb-connector';

const [token = '', adminApiEndpoint = '', instance = '', wallClockCheckMs = ''] = process.argv.slice(2);

refreshChannel.subscribe((message) => {
  const event = message as RefreshEvent;
  // Told once the cache has taken it in: the scenario moves the clock as soon as it reads this.
  setImmediate(() => process.stdout.write(`refresh ${event.at} at ${Math.floor(Date.now() / 1000)}\n`));
});
const connector = new Connector({
  // A ready token: a signed assertion would be judged by the clock of the emulator, which does not jump.
  credentials: { kind: 'token', token },
  adminApiEndpoint,
  refresh: { wallClockCheckMs: Number(wallClockCheckMs) },
});
connector.warm(instance, { spreadMs: 1 });
process.stdin.resume().once('end', () => connector.close());
