// A proxy that nobody uses sleeps, without sessions and with sessions that say nothing.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgresJs } from './support/clients.ts';
import { skipUnlessCounted } from './support/process-figures.ts';
import { isExecutable } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';

const windowMs = 6_000;
// One for a timer of once a minute that falls into the window, and its neighbours: what it starts and waits for.
const mostWakeUps = 4;

/** How often the main thread has gone to sleep so far: each time something had woken it. */
function sleeps(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

async function wakeUps(pid: number): Promise<number> {
  const before = sleeps(pid);
  await sleep(windowMs);
  return sleeps(pid) - before;
}

test('An idle proxy is woken by nothing of its own', {
  skip: skipUnlessCounted || (isExecutable && "Bun's garbage collector keeps a timer of its own, of a second at first"),
}, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(setting.instance);
  const clients = Array.from({ length: 5 }, () =>
    openPostgresJs({ port: proxy.ports[0] ?? 0, ...setting.emulator.superuser }),
  );
  await Promise.all(clients.map((sql) => sql`select 1`));
  // What a start and a login have set off is over by then: the certificate, the garbage.
  await sleep(12_000);
  const withSessions = await wakeUps(proxy.pid);
  assert.ok(withSessions <= mostWakeUps, `${withSessions} times in ${windowMs} ms with five idle sessions`);
  await Promise.all(clients.map((sql) => sql.end()));
  await sleep(2_000);
  const withNone = await wakeUps(proxy.pid);
  assert.ok(withNone <= mostWakeUps, `${withNone} times in ${windowMs} ms without a session`);
});
