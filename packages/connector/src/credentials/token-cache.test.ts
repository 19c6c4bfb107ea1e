// The token cache on a clock that the test moves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, settle } from '../../test/manual-clock.ts';
import { type TokenEvent, tokenChannel } from '../events.ts';
import { patienceMs } from '../refresh/patience.ts';
import { TokenCache } from './token-cache.ts';
import type { Token } from './token-source.ts';

const never = new AbortController().signal;

function setUp(lifeMs: number | undefined) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const source = {
    token: async (scope: string): Promise<Token> => {
      asked.push(scope);
      return { value: `token-${asked.length}`, expiresAt: lifeMs === undefined ? undefined : clock.now() + lifeMs };
    },
  };
  return { clock, asked, cache: new TokenCache(source, clock) };
}

/** One that answers when the test does. */
function waitingSource() {
  const answers: PromiseWithResolvers<Token>[] = [];
  const source = {
    token: () => {
      const answer = Promise.withResolvers<Token>();
      answers.push(answer);
      return answer.promise;
    },
  };
  return { source, answers };
}

test('TokenCache asks once for a scope and again 225 seconds before the token ends', async () => {
  const { clock, asked, cache } = setUp(3_600_000);
  assert.equal((await cache.token('a', never)).value, 'token-1');
  await clock.advance(3_600_000 - 225_000 - 1);
  assert.equal((await cache.token('a', never)).value, 'token-1');
  await clock.advance(1);
  assert.equal((await cache.token('a', never)).value, 'token-2');
  assert.deepEqual(asked, ['a', 'a']);
});

test('TokenCache renews a short-lived token at half of its life', async () => {
  const { clock, cache } = setUp(10_000);
  await cache.token('a', never);
  await clock.advance(4_999);
  assert.equal((await cache.token('a', never)).value, 'token-1');
  await clock.advance(1);
  assert.equal((await cache.token('a', never)).value, 'token-2');
});

test('TokenCache keeps the tokens of different scopes apart', async () => {
  const { asked, cache } = setUp(3_600_000);
  await Promise.all([cache.token('a', never), cache.token('b', never), cache.token('a', never)]);
  assert.deepEqual(asked, ['a', 'b']);
});

test('TokenCache asks a source that tells no expiry each time', async () => {
  const { asked, cache } = setUp(undefined);
  await cache.token('a', never);
  await cache.token('a', never);
  assert.equal(asked.length, 2);
});

test('TokenCache keeps a token that is valid while no other can be had, and lets nobody wait long for one', async () => {
  const clock = new ManualClock();
  const { source, answers } = waitingSource();
  const cache = new TokenCache(source, clock);
  const first = cache.token('a', never);
  const old = { value: 'old', expiresAt: clock.now() + 3_600_000 };
  answers[0]?.resolve(old);
  await first;
  await clock.advance(3_600_000 - 225_000);
  const failing = cache.token('a', never);
  answers[1]?.reject(new Error('no route'));
  assert.equal(await failing, old);
  assert.equal(await cache.token('a', never), old);
  assert.equal(answers.length, 2, 'it is not asked for each dial');
  await clock.advance(10_000);
  const slow = [cache.token('a', never), cache.token('a', never)];
  await clock.advance(patienceMs);
  assert.deepEqual(await Promise.all(slow), [old, old]);
  assert.equal(answers.length, 3);
  // One that was refused serves nobody any more.
  cache.drop('old');
  const next = cache.token('a', never);
  answers[2]?.resolve({ value: 'new', expiresAt: clock.now() + 3_600_000 });
  assert.equal((await next).value, 'new');
});

test('TokenCache does not keep a token beyond its end', async () => {
  const clock = new ManualClock();
  let isAway = false;
  const failure = new Error('no route');
  const source = {
    async token(): Promise<Token> {
      if (isAway) throw failure;
      return { value: 'short', expiresAt: clock.now() + 4_000 };
    },
  };
  const cache = new TokenCache(source, clock);
  await cache.token('a', never);
  isAway = true;
  await clock.advance(3_999);
  assert.equal((await cache.token('a', never)).value, 'short');
  await clock.advance(1);
  await assert.rejects(cache.token('a', never), failure);
});

test('TokenCache serves other callers of a fetch that one caller gave up, and forgets a failure', async () => {
  const { source, answers } = waitingSource();
  const cache = new TokenCache(source, new ManualClock());
  const leaving = new AbortController();
  const first = cache.token('a', leaving.signal);
  const second = cache.token('a', never);
  leaving.abort(new Error('gone'));
  await assert.rejects(first, /gone/);
  answers[0]?.reject(new Error('no network'));
  await assert.rejects(second, /no network/);
  const third = cache.token('a', never);
  await settle();
  answers[1]?.resolve({ value: 'late', expiresAt: undefined });
  assert.equal((await third).value, 'late');
});

test('TokenCache.drop forgets the token that it is told, and no other', async () => {
  const { asked, cache } = setUp(3_600_000);
  await cache.token('a', never);
  await cache.token('b', never);
  cache.drop('token-1');
  cache.drop('unknown');
  assert.equal((await cache.token('a', never)).value, 'token-3');
  assert.equal((await cache.token('b', never)).value, 'token-2');
  assert.deepEqual(asked, ['a', 'b', 'a']);
});

test('TokenCache publishes each new token and each failure, and not that the same token was given once more', async (t) => {
  const events: TokenEvent[] = [];
  const listener = (event: unknown): void => void events.push(event as TokenEvent);
  tokenChannel.subscribe(listener);
  t.after(() => tokenChannel.unsubscribe(listener));
  const answers = ['one', 'one', 'two', undefined];
  const source = {
    token: async (): Promise<Token> => ({ value: answers.shift() ?? assert.fail('no more'), expiresAt: undefined }),
  };
  const cache = new TokenCache(source, new ManualClock());
  for (let call = 0; call < 3; call += 1) await cache.token('a', never);
  await assert.rejects(cache.token('a', never));
  assert.deepEqual(
    events.map(({ at }) => at),
    ['renewed', 'renewed', 'failed'],
  );
});
