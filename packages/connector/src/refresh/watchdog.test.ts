// The watchdog on a clock that the test moves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../test/manual-clock.ts';
import { Watchdog } from './watchdog.ts';

test('Watchdog ticks once in its interval until it is closed', async () => {
  const clock = new ManualClock();
  let ticks = 0;
  const watchdog = new Watchdog({ clock, intervalMs: 60_000, onTick: () => void (ticks += 1) });
  await clock.advance(180_000);
  assert.equal(ticks, 3);
  watchdog.close();
  watchdog.close();
  assert.deepEqual(clock.pending, []);
});
