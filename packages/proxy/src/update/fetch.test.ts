// createFetch against servers that answer, redirect, send too much, break off, or say nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerWith, serveRaw, unusedPort } from '../../test/answering-server.ts';
import { failureOf, plainFetch } from '../../test/update-rig.ts';
import { createFetch } from './fetch.ts';

const local = (port: number, path = '/'): URL => new URL(`http://127.0.0.1:${port}${path}`);

test('createFetch tells a server nothing of whoever asks but the version', async () => {
  let headers: unknown;
  await using server = await answerWith((request, response) => {
    headers = request.headers;
    response.end('yes');
  });
  const { status, body } = await plainFetch()({ url: local(server.port) });
  assert.deepEqual([status, body.toString()], [200, 'yes']);
  assert.deepEqual(headers, {
    'user-agent': 'alloydb-auth-proxy/0.1.0',
    host: `127.0.0.1:${server.port}`,
    connection: 'close',
  });
});

test('createFetch follows redirects, and gives a token to nobody else', async () => {
  const seen: unknown[] = [];
  await using other = await answerWith((request, response) => {
    seen.push(request.headers.authorization);
    response.end('there');
  });
  await using server = await answerWith((request, response) => {
    seen.push(request.headers.authorization);
    const location = request.url === '/' ? '/next' : local(other.port).href;
    response.writeHead(302, { location }).end();
  });
  const answer = await plainFetch()({ url: local(server.port), headers: { authorization: 'Bearer t' } });
  assert.equal(answer.body.toString(), 'there');
  assert.deepEqual(seen, ['Bearer t', 'Bearer t', undefined]);
});

test('createFetch gives up on redirects without end, and on those that lead elsewhere than to a server', async () => {
  await using circle = await answerWith((_request, response) => response.writeHead(302, { location: '/' }).end());
  assert.match(
    await failureOf(plainFetch()({ url: local(circle.port) })),
    /^cannot get an answer from 127\.0\.0\.1:\d+: it redirects without end/,
  );
  await using file = await answerWith((_request, response) => response.writeHead(302, { location: 'file:///x' }).end());
  assert.match(await failureOf(plainFetch()({ url: local(file.port) })), /it redirects to where it cannot be followed/);
});

test('createFetch ends at its limits of time and size', async () => {
  await using silent = await serveRaw(() => undefined);
  const timeoutMs = 50;
  assert.match(
    await failureOf(plainFetch({ timeoutMs })({ url: local(silent.port) })),
    /: no answer in time; see whether/,
  );
  await using slow = await answerWith((_request, response) => response.writeHead(200).write('some'));
  assert.match(await failureOf(plainFetch({ timeoutMs })({ url: local(slow.port) })), /: no answer in time;/);
  await using endless = await answerWith((_request, response) => {
    const send = (): void => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
      response.once('drain', send);
    };
    send();
  });
  assert.match(await failureOf(plainFetch()({ url: local(endless.port) })), /longer than 1048576 bytes/);
});

test('createFetch says why there is no answer, without the path that was asked for', async () => {
  const refused = await failureOf(plainFetch()({ url: local(await unusedPort(), '/secret') }));
  assert.match(refused, /^cannot get an answer from 127\.0\.0\.1:\d+: connection refused; see whether /);
  assert.doesNotMatch(refused, /secret/);
  await using other = await serveRaw((socket) => socket.end('220 mail\r\n'));
  assert.match(await failureOf(plainFetch()({ url: local(other.port) })), /: the answer is no HTTP;/);
  await using half = await answerWith((_request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy());
  });
  assert.match(await failureOf(plainFetch()({ url: local(half.port) })), /: aborted|closed without an answer/);
});

test('createFetch goes through the outbound proxy of the environment, and tells how to write one that it cannot use', async () => {
  await using proxy = await serveRaw((socket) => {
    socket.once('data', (asked) => {
      assert.match(String(asked), /^CONNECT feed\.test:80 /);
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nthrough'));
    });
  });
  const { signal } = new AbortController();
  const url = new URL('http://feed.test/');
  const fetch = createFetch({ env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` }, signal });
  assert.equal((await fetch({ url })).body.toString(), 'through');
  const misled = await failureOf(createFetch({ env: { HTTP_PROXY: 'ftp://u:secret@x' }, signal })({ url }));
  assert.match(misled, /Cannot use the proxy that HTTP_PROXY names: .*; write HTTP_PROXY like /);
  assert.doesNotMatch(misled, /secret/);
});

test('createFetch ends when it is no longer wanted', async () => {
  await using silent = await serveRaw(() => undefined);
  const abort = new AbortController();
  const asking = createFetch({ env: {}, signal: abort.signal })({ url: local(silent.port) });
  abort.abort(new Error('interrupted'));
  assert.match(await failureOf(asking), /: interrupted;/);
});
