// Rounds of dialling, with a clock that the test sets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordLog } from '../../test/log-recorder.ts';
import { BackendCheck, badForMs, goodForMs } from './backend-check.ts';
import type { BackendReport } from './health-source.ts';

const good: readonly BackendReport[] = [{ instance: 'p.r.c.a', error: undefined }];
const bad: readonly BackendReport[] = [...good, { instance: 'p.r.c.b', error: new Error('no route to host') }];

function setUp() {
  const log = recordLog();
  const rounds: PromiseWithResolvers<readonly BackendReport[]>[] = [];
  const clock = { nowMs: 0 };
  const source = {
    checkBackends: (signal: AbortSignal) => {
      const round = Promise.withResolvers<readonly BackendReport[]>();
      signal.addEventListener('abort', () => round.reject(signal.reason as Error));
      rounds.push(round);
      return round.promise;
    },
  };
  const check = new BackendCheck({ source, logger: log.logger, now: () => clock.nowMs });
  const closing = new AbortController();
  return { check, clock, rounds, log, closing, ask: () => check.problem(closing.signal) };
}

test('BackendCheck.problem names the instances that cannot be connected, here and in the log', async () => {
  const { ask, rounds, log } = setUp();
  const asked = ask();
  rounds[0]?.resolve(bad);
  assert.equal(await asked, 'cannot connect to p.r.c.b: no route to host');
  assert.deepEqual(log.lines, ['[p.r.c.b] backend check failed: no route to host']);
});

test('BackendCheck.problem dials once for all who ask at the same time', async () => {
  const { ask, rounds } = setUp();
  const asked = [ask(), ask(), ask()];
  assert.equal(rounds.length, 1);
  rounds[0]?.resolve(good);
  assert.deepEqual(await Promise.all(asked), [undefined, undefined, undefined]);
});

for (const [what, reports, heldMs] of [
  ['success', good, goodForMs],
  ['failure', bad, badForMs],
] as const) {
  test(`BackendCheck.problem dials again only ${heldMs} ms after a ${what}`, async () => {
    const { ask, rounds, clock } = setUp();
    const first = ask();
    rounds[0]?.resolve(reports);
    const result = await first;
    clock.nowMs = heldMs - 1;
    assert.equal(await ask(), result);
    assert.equal(rounds.length, 1);
    clock.nowMs = heldMs;
    const again = ask();
    assert.equal(rounds.length, 2);
    rounds[1]?.resolve(good);
    assert.equal(await again, undefined);
  });
}

test('BackendCheck.problem ends its round when the server closes', async () => {
  const { ask, closing } = setUp();
  const asked = ask();
  closing.abort(new Error('closing'));
  assert.equal(await asked, 'the check itself failed: closing');
});
