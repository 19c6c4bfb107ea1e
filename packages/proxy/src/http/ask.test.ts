// Questions to real servers, and to what is none.

import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { answerWith, serveRaw, unusedPort } from '../../test/answering-server.ts';
import { ask, hostAndPort, inWords, type Question } from './ask.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));
const skipWithoutIpv6 = hasIpv6 ? false : 'this machine has no ::1';

function askPort(port: number, question: Partial<Question> = {}) {
  return ask({ method: 'GET', host: '127.0.0.1', port, path: '/readiness', timeoutMs: 5_000, ...question });
}

test('ask brings status and text of the answer, on one line', async () => {
  await using server = await answerWith((_request, response) => response.writeHead(503).end('not\nstarted\n'));
  const reply = await askPort(server.port);
  assert.deepEqual(reply, { is: 'answer', status: 503, text: String.raw`not\nstarted` });
  assert.equal(inWords(reply), String.raw`HTTP 503: not\nstarted`);
  assert.deepEqual(server.requests, ['GET /readiness']);
});

test('ask sends what it is told to, and a Host header that names this machine', async () => {
  let host: string | undefined;
  await using server = await answerWith((request, response) => {
    host = request.headers.host;
    response.end();
  });
  const reply = await askPort(server.port, { method: 'POST', path: '/quitquitquit', host: 'localhost' });
  assert.equal(inWords(reply), 'HTTP 200');
  assert.deepEqual([server.requests, host], [['POST /quitquitquit'], `127.0.0.1:${server.port}`]);
});

for (const host of ['127.0.0.1', 'localhost', '0.0.0.0', '::']) {
  test(`ask says that nobody listens on ${host}`, async () => {
    const reply = await askPort(await unusedPort(), { host });
    assert.equal(reply.is, 'nobody');
    if (host !== '::' || hasIpv6) assert.equal(inWords(reply), 'connection refused');
  });
}

test('ask reaches a server on every address over loopback', async () => {
  await using server = await answerWith((_request, response) => response.end('ok'), '0.0.0.0');
  assert.equal(inWords(await askPort(server.port, { host: '0.0.0.0' })), 'HTTP 200: ok');
});

for (const host of ['localhost', 'LOCALHOST', '::', '::1']) {
  test(`ask reaches a server on ::1 alone as ${host}`, { skip: skipWithoutIpv6 }, async () => {
    await using server = await answerWith((_request, response) => response.end('ok'), '::1');
    assert.equal(inWords(await askPort(server.port, { host })), 'HTTP 200: ok');
  });
}

test('ask gives up on a server that never answers', async () => {
  await using server = await serveRaw(() => undefined);
  const reply = await askPort(server.port, { timeoutMs: 50 });
  assert.deepEqual([reply, inWords(reply)], [{ is: 'silence' }, 'no answer in time']);
});

test('ask gives up on an answer that does not end', async () => {
  await using server = await answerWith((_request, response) => response.writeHead(200).write('o'));
  assert.deepEqual(await askPort(server.port, { timeoutMs: 50 }), { is: 'silence' });
});

test('ask reads no more of an endless answer than a line', async () => {
  await using server = await answerWith((_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    };
    response.on('drain', more);
    more();
  });
  const reply = await askPort(server.port);
  assert(reply.is === 'answer');
  assert.equal(reply.text.length, 4_096);
});

test('ask tells what speaks another protocol from what hangs up', async () => {
  await using database = await serveRaw((socket) => void socket.end('N'));
  assert.equal(inWords(await askPort(database.port)), 'the answer is no HTTP');
  await using rude = await serveRaw((socket) => void socket.once('data', () => socket.end()));
  assert.equal(inWords(await askPort(rude.port)), 'the connection was closed without an answer');
});

test('ask follows no redirect', async () => {
  await using server = await answerWith((_request, response) => response.writeHead(302, { location: '/' }).end());
  assert.equal(inWords(await askPort(server.port)), 'HTTP 302');
});

test('ask says that a name has no address', async () => {
  const reply = await askPort(9090, { host: 'nowhere.invalid' });
  assert.match(inWords(reply), /^the name cannot be resolved/);
});

test('hostAndPort puts IPv6 addresses into brackets', () => {
  assert.deepEqual([hostAndPort('::1', 1), hostAndPort('localhost', 1)], ['[::1]:1', 'localhost:1']);
});
