// UpdateWatch with a clock and a chance of the test's own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerWith } from '../../test/answering-server.ts';
import { recordLog } from '../../test/log-recorder.ts';
import { CommandError } from '../cli/command-error.ts';
import { type UpdateCheckEvent, updateCheckChannel } from './update-events.ts';
import { type Timers, UpdateWatch, type UpdateWatchOptions } from './update-watch.ts';
import type { Verdict } from './verdict.ts';

const hourMs = 3_600_000;
const asked = { feed: undefined };

const outOfDate: Verdict = {
  status: 'out-of-date',
  source: 'release-feed',
  current: '0.1.0',
  newest: '0.2.0',
  releasedAt: undefined,
  ageDays: undefined,
  changes: 'https://code.example/0.2.0',
  digest: undefined,
  update: 'alloydb-auth-proxy update apply',
};

/** One timer at a time, which a test lets come. */
class OneTimer implements Timers {
  delayMs: number | undefined;
  #callback: () => void = () => assert.fail('no timer is set');

  setTimer(delayMs: number, callback: () => void): { clear(): void } {
    this.delayMs = delayMs;
    this.#callback = callback;
    return { clear: () => void (this.delayMs = undefined) };
  }

  async fire(): Promise<void> {
    this.delayMs = undefined;
    this.#callback();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function watchWith(options: Partial<UpdateWatchOptions>) {
  const timers = new OneTimer();
  const { logger, lines } = recordLog();
  const watch = new UpdateWatch({
    asked,
    env: {},
    logger,
    random: () => 0.25,
    timers,
    check: async () => outOfDate,
    ...options,
  });
  return { watch, timers, lines };
}

test('UpdateWatch asks once a day, at a time that chance decides', async () => {
  const chances = [0.25, 0.75];
  let checks = 0;
  const check = async () => {
    checks += 1;
    return outOfDate;
  };
  const { watch, timers } = watchWith({ random: () => chances.shift() ?? 0, check });
  watch.start();
  assert.deepEqual([timers.delayMs, checks], [6 * hourMs, 0]);
  await timers.fire();
  assert.deepEqual([timers.delayMs, checks], [18 * hourMs, 1]);
  await timers.fire();
  assert.deepEqual([timers.delayMs, checks], [18 * hourMs, 1]);
  await timers.fire();
  assert.deepEqual([timers.delayMs, checks], [6 * hourMs, 2]);
  watch[Symbol.dispose]();
  assert.equal(timers.delayMs, undefined);
});

test('UpdateWatch tells of a newer version: one line, an event and its news', async () => {
  const events: UpdateCheckEvent[] = [];
  const onEvent = (event: unknown): void => void events.push(event as UpdateCheckEvent);
  updateCheckChannel.subscribe(onEvent);
  const verdicts: Verdict[] = [outOfDate, { ...outOfDate, status: 'up-to-date', current: '0.2.0' }];
  const { watch, timers, lines } = watchWith({ check: async () => verdicts.shift() ?? outOfDate });
  assert.deepEqual(watch.news, []);
  watch.start();
  await timers.fire();
  assert.deepEqual(watch.news, ['version 0.2.0 is out']);
  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? '',
    /^This is version 0\.1\.0, and 0\.2\.0 is out: https:\/\/code\.example\/0\.2\.0\n.* hint: alloydb-auth-proxy update apply$/,
  );
  await timers.fire();
  await timers.fire();
  assert.deepEqual([watch.news, lines[1]], [[], 'This is version 0.2.0, and there is no newer one']);
  updateCheckChannel.unsubscribe(onEvent);
  const changes = 'https://code.example/0.2.0';
  assert.deepEqual(events, [
    { at: 'out-of-date', current: '0.1.0', newest: '0.2.0', changes },
    { at: 'up-to-date', current: '0.2.0', newest: '0.2.0', changes },
  ]);
});

test('UpdateWatch goes on after a failure, and keeps what it knew', async () => {
  let fails = false;
  const check = async () => {
    if (fails) throw new CommandError('feed.test answers with HTTP 500', { hint: 'try again later' });
    return outOfDate;
  };
  const { watch, timers, lines } = watchWith({ check });
  watch.start();
  await timers.fire();
  fails = true;
  await timers.fire();
  await timers.fire();
  assert.equal(lines[1], 'Cannot tell whether there is a newer version: feed.test answers with HTTP 500');
  assert.deepEqual(watch.news, ['version 0.2.0 is out']);
  assert.equal(timers.delayMs, 18 * hourMs);
});

test('UpdateWatch asks the feed that it was given, when nothing else is said', async () => {
  await using feed = await answerWith((_request, response) => response.end('{"tag_name":"v99.0.0"}'));
  const timers = new OneTimer();
  const { promise: logged, resolve } = Promise.withResolvers<string>();
  const given = { feed: `http://127.0.0.1:${feed.port}/latest` };
  using watch = new UpdateWatch({ asked: given, env: {}, logger: recordLog(resolve).logger, timers });
  watch.start();
  await timers.fire();
  assert.match(await logged, /^This is version \d+\.\d+\.\d+, and 99\.0\.0 is out\n.* hint: git pull && npm ci$/);
  assert.deepEqual(feed.requests, ['GET /latest']);
});

for (const [name, options] of [
  ['nobody asked for it', { asked: undefined }],
  ['CI is set', { env: { CI: 'true' } }],
  ['NO_UPDATE_NOTIFIER is set', { env: { NO_UPDATE_NOTIFIER: '' } }],
] as const) {
  test(`UpdateWatch does nothing when ${name}`, () => {
    const { watch, timers } = watchWith(options);
    watch.start();
    assert.equal(timers.delayMs, undefined);
  });
}

test('UpdateWatch says nothing any more when the proxy ends', async () => {
  const { promise, reject } = Promise.withResolvers<Verdict>();
  let given: AbortSignal | undefined;
  const check = (_asked: unknown, signal: AbortSignal) => {
    given = signal;
    return promise;
  };
  const { watch, timers, lines } = watchWith({ check });
  watch.start();
  await timers.fire();
  watch[Symbol.dispose]();
  watch[Symbol.dispose]();
  assert.equal(given?.aborted, true);
  reject(new Error('gone'));
  await new Promise((resolve) => setImmediate(resolve));
  watch.start();
  assert.deepEqual([lines, timers.delayMs], [[], undefined]);
});
