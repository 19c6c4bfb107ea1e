// Which questions a worker asks of its primary process, and for how long an answer stands.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FromWorker, Question } from './messages.ts';
import { RemoteSource } from './remote-source.ts';

const never = new AbortController().signal;
const instance = 'projects/p/locations/r/clusters/c/instances/i';
const identity = { certificateChain: ['chain'], privateKey: 'key', trustedRoot: 'root' };

/** A source whose primary process answers at once; `asked` are the questions that reached it. */
function rig() {
  const asked: Question[] = [];
  const told: FromWorker['kind'][] = [];
  let nowMs = 0;
  let infoId = 1;
  let token = 'first';
  const source: RemoteSource = new RemoteSource(
    (message) => {
      told.push(message.kind);
      if (message.kind !== 'ask') return;
      const { ask, question } = message;
      asked.push(question);
      const value =
        question.what === 'token'
          ? { value: token, expiresAt: 9e15 }
          : {
              id: infoId,
              addresses: {},
              expiresAt: 9e15,
              principal: undefined,
              ...(question.known === infoId ? {} : { identity }),
            };
      queueMicrotask(() => source.receive({ kind: 'answer', ask, value: value as never }));
    },
    () => nowMs,
  );
  return {
    source,
    asked,
    told,
    pass: (ms: number) => void (nowMs += ms),
    renew: () => {
      infoId += 1;
      token = 'second';
    },
  };
}

test('RemoteSource asks once for clients that come within a second', async () => {
  const { source, asked, pass } = rig();
  const { id } = await source.connectionInfo(instance, undefined, never);
  for (let client = 0; client < 5; client += 1) {
    assert.equal((await source.connectionInfo(instance, id, never)).id, id);
    assert.equal((await source.token('api', never)).value, 'first');
    pass(199);
  }
  assert.deepEqual(
    asked.map(({ what }) => what),
    ['info', 'token'],
  );
});

test('RemoteSource asks again after a second, and hears what is new', async () => {
  const { source, pass, renew } = rig();
  const { id } = await source.connectionInfo(instance, undefined, never);
  await source.token('login', never);
  renew();
  pass(1_000);
  const later = await source.connectionInfo(instance, id, never);
  assert.notEqual(later.id, id);
  assert.deepEqual(later.identity, identity);
  assert.equal((await source.token('login', never)).value, 'second');
});

test('RemoteSource asks for keys that it has not given out yet, however soon', async () => {
  const { source, asked } = rig();
  await source.connectionInfo(instance, undefined, never);
  assert.deepEqual((await source.connectionInfo(instance, undefined, never)).identity, identity);
  assert.equal(asked.length, 2);
});

const withdrawals: readonly (readonly [string, (source: RemoteSource) => void, readonly string[]])[] = [
  ['a certificate that is refused', (source) => source.refused(instance, 1), ['second', 'first']],
  ['a token that is refused', (source) => source.dropToken('first'), ['first', 'second']],
  ['other credentials', (source) => source.forget(), ['second', 'second']],
];
for (const [what, withdraw, [info, token]] of withdrawals) {
  test(`RemoteSource forgets the answer at once: ${what}`, async () => {
    const { source, renew } = rig();
    const { id } = await source.connectionInfo(instance, undefined, never);
    await source.token('api', never);
    renew();
    withdraw(source);
    const later = await source.connectionInfo(instance, id, never);
    assert.equal(later.id === id ? 'first' : 'second', info);
    assert.equal((await source.token('api', never)).value, token);
  });
}
