// Waits for what another process brings about.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is yes; fails when that takes longer than the limit. */
export async function until(isSo: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) assert.fail(`it did not come about within ${limitMs} ms: ${String(isSo)}`);
    await sleep(50);
  }
}
