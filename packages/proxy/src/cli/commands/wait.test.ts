// wait against servers that start late, say no, stay silent, or are something else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerWith, serveRaw, unusedPort } from '../../../test/answering-server.ts';
import { CommandError } from '../command-error.ts';
import { waitForStart, type WaitOptions } from './wait.ts';

function waitFor(port: number, options: Partial<WaitOptions> = {}): Promise<void> {
  const beganMs = performance.now();
  return waitForStart({ host: '127.0.0.1', port, maxMs: 1_000, beganMs, pauseMs: 5, ...options });
}

/** What the command says in the end, and how long it took. */
async function failureOf(waiting: Promise<void>): Promise<{ readonly text: string; readonly tookMs: number }> {
  const beganMs = performance.now();
  const error: unknown = await waiting.then(
    () => assert.fail('it said that the proxy has started'),
    (reason: unknown) => reason,
  );
  assert(error instanceof CommandError);
  return { text: `${error.message}; ${error.hint}`, tookMs: performance.now() - beganMs };
}

test('waitForStart asks /startup until it says 200', async () => {
  const answers = [503, 503, 200];
  await using server = await answerWith((_request, response) => response.writeHead(answers.shift() ?? 500).end());
  await waitFor(server.port, { maxMs: 60_000 });
  assert.deepEqual(server.requests, ['GET /startup', 'GET /startup', 'GET /startup']);
});

test('waitForStart waits for a proxy that does not listen yet', async () => {
  const port = await unusedPort();
  const waiting = waitFor(port, { maxMs: 60_000 });
  await using server = await answerWith((_request, response) => response.end('ok'), '127.0.0.1', port);
  await waiting;
  assert.deepEqual(server.requests, ['GET /startup']);
});

test('waitForStart asks again when an answer got lost', async () => {
  let count = 0;
  await using server = await answerWith((_request, response) => {
    count += 1;
    if (count > 1) response.end('ok');
  });
  await waitFor(server.port, { maxMs: 60_000, requestLimitMs: 50 });
  assert(count >= 2);
});

test('waitForStart says why when the time is over', async () => {
  const port = await unusedPort();
  const refused = await failureOf(waitFor(port));
  assert.match(
    refused.text,
    /^the proxy at 127\.0\.0\.1:\d+ has not started within 1s: connection refused; .*--health-check/,
  );
  await using starting = await answerWith((_request, response) => response.writeHead(503).end('not started'));
  assert.match((await failureOf(waitFor(starting.port))).text, /HTTP 503: not started; the log of the proxy/);
  await using other = await answerWith((_request, response) => response.writeHead(404).end());
  assert.match((await failureOf(waitFor(other.port))).text, /HTTP 404; see whether it is a proxy/);
});

test('waitForStart never takes longer than it may, whatever the server does (W25)', async () => {
  await using silent = await serveRaw(() => undefined);
  await using endless = await answerWith((_request, response) => response.writeHead(200).write('o'));
  for (const { port } of [silent, endless]) {
    const { text, tookMs } = await failureOf(waitFor(port));
    assert.match(text, /no answer in time/);
    // A single request might have taken five seconds.
    assert(tookMs < 4_000, `${tookMs} ms`);
  }
});

test('waitForStart counts the time from where it is told to, and never goes beyond it (W25)', async () => {
  await using server = await answerWith((_request, response) => response.writeHead(503).end('not started'));
  const { text } = await failureOf(waitFor(server.port, { maxMs: 60_000, beganMs: performance.now() - 60_000 }));
  assert.match(text, /was not asked: the start of this program took longer than --max/);
  assert.equal(server.requests.length, 0);
});

test('waitForStart keeps the reason it had when the end cuts a request short', async () => {
  let count = 0;
  await using server = await answerWith((_request, response) => {
    count += 1;
    if (count === 1) response.writeHead(503).end('not started');
  });
  assert.match((await failureOf(waitFor(server.port))).text, /HTTP 503: not started/);
});
