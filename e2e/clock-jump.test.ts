// A machine that slept: the wall clock has moved past the life of the certificate, the timers have not.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceAccount, setUp } from './support/setting.ts';

const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
const skip = library !== undefined && existsSync(library) ? false : "Debian's libfaketime is not installed";

interface Outcome {
  readonly refreshes: number;
  readonly output: string;
}

/** Moves the clock two hours ahead once the first certificate is there, then waits that long for a second refresh. */
async function refreshesAfterJump(wallClockCheckMs: number, limitMs: number): Promise<Outcome> {
  await using setting = await setUp();
  const { emulator, instance, folder } = setting;
  const offset = join(folder, 'faketime');
  writeFileSync(offset, '+0\n');
  const child = spawn(
    process.execPath,
    [
      '--conditions=alloydb-source',
      'e2e/support/sleeper.ts',
      emulator.mintToken(serviceAccount),
      emulator.apiEndpoint,
      instance,
      String(wallClockCheckMs),
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        LD_PRELOAD: library,
        DONT_FAKE_MONOTONIC: '1',
        FAKETIME_NO_CACHE: '1',
        FAKETIME_TIMESTAMP_FILE: offset,
      },
    },
  );
  let output = '';
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const done = output.match(/refresh succeeded/g)?.length ?? 0;
    if (done >= 1) first.resolve();
    if (done >= 2) second.resolve();
  });
  await first.promise;
  writeFileSync(offset, '+2h\n');
  await Promise.race([second.promise, sleep(limitMs, undefined, { ref: false })]);
  child.stdin.end();
  await once(child, 'close');
  return { refreshes: output.match(/refresh succeeded/g)?.length ?? 0, output };
}

test('A jump of the wall clock past the certificate is noticed without a timer and without a client', {
  skip,
}, async () => {
  const { refreshes, output } = await refreshesAfterJump(200, 30_000);
  assert.ok(refreshes >= 2, output);
});

test('Without the watchdog the jump would go unnoticed, so the scenario above shows what it says', {
  skip,
}, async () => {
  const { refreshes, output } = await refreshesAfterJump(3_600_000, 4_000);
  assert.equal(refreshes, 1, output);
});
