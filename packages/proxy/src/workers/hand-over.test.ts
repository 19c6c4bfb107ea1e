// Clients that a worker takes or does not take, while time is in our hands.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { HandOver } from './hand-over.ts';

function rig(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const handOver = new HandOver();
  const clientOf = () => {
    const client = { givenUp: 0, giveUp: () => void (client.givenUp += 1) };
    handOver.add(client);
    return client;
  };
  return { handOver, clientOf, pass: (seconds: number) => t.mock.timers.tick(seconds * 1_000) };
}

test('HandOver gives up a client that is not taken in ten seconds, and knows after one that the worker is late', (t) => {
  const { handOver, clientOf, pass } = rig(t);
  const client = clientOf();
  assert.equal(handOver.isLate, false);
  pass(1);
  assert.equal(handOver.isLate, true);
  pass(8);
  assert.equal(client.givenUp, 0);
  pass(1);
  assert.equal(client.givenUp, 1);
});

test('HandOver has patience with a worker that takes its clients one by one', (t) => {
  const { handOver, clientOf, pass } = rig(t);
  const clients = Array.from({ length: 30 }, clientOf);
  for (const client of clients) {
    pass(1);
    handOver.taken(client);
    assert.equal(client.givenUp, 0);
  }
  pass(60);
  assert.equal(handOver.isLate, false);
});

test('HandOver takes a worker for late that has taken nothing, until it takes one or ends one that it had', (t) => {
  const { handOver, clientOf, pass } = rig(t);
  const old = clientOf();
  handOver.taken(old);
  const lost = clientOf();
  pass(10);
  handOver.over(lost);
  assert.equal(handOver.isLate, true, 'what it never had shows nothing');
  handOver.over(old);
  assert.equal(handOver.isLate, false);
  const next = clientOf();
  pass(1);
  assert.equal(handOver.isLate, true);
  handOver.taken(next);
  assert.equal(handOver.isLate, false);
});

test('HandOver gives each client its ten seconds, whatever became of those before', (t) => {
  const { handOver, clientOf, pass } = rig(t);
  const first = clientOf();
  pass(10);
  handOver.over(first);
  const second = clientOf();
  pass(9);
  assert.equal(second.givenUp, 0);
  pass(1);
  assert.equal(second.givenUp, 1);
});

test('HandOver does nothing more for a worker that has ended', (t) => {
  const { handOver, clientOf, pass } = rig(t);
  const client = clientOf();
  handOver.clear();
  pass(60);
  assert.equal(client.givenUp, 0);
});
