// shutdown against admin servers that accept, refuse, stay silent, or are not there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerWith, serveRaw, unusedPort } from '../../../test/answering-server.ts';
import { CommandError } from '../command-error.ts';
import { askToEnd } from './shutdown.ts';

async function failureOf(port: number, timeoutMs = 10_000): Promise<string> {
  const error: unknown = await askToEnd({ port, timeoutMs }).then(
    () => assert.fail('it said that the request was accepted'),
    (reason: unknown) => reason,
  );
  assert(error instanceof CommandError);
  return `${error.message}; ${error.hint}`;
}

test('askToEnd sends one POST and is content with 200', async () => {
  await using server = await answerWith((_request, response) => response.end('ok'));
  await askToEnd({ port: server.port, timeoutMs: 5_000 });
  assert.deepEqual(server.requests, ['POST /quitquitquit']);
});

test('askToEnd says why nothing was ended', async () => {
  assert.match(
    await failureOf(await unusedPort()),
    /^cannot end .*: connection refused; start the proxy with --quitquitquit/,
  );
  await using refusing = await answerWith((_request, response) => response.writeHead(403).end('refused'));
  assert.match(await failureOf(refusing.port), /: HTTP 403: refused; see whether/);
  await using other = await answerWith((_request, response) => response.writeHead(404).end('not found'));
  assert.match(await failureOf(other.port), /: HTTP 404: not found; see whether/);
  await using silent = await serveRaw(() => undefined);
  assert.match(await failureOf(silent.port, 50), /: no answer in time; see whether/);
  await using database = await serveRaw((socket) => void socket.end('N'));
  assert.match(await failureOf(database.port), /: the answer is no HTTP; see whether/);
});
