// status against admin servers that tell, and against what is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerWith, unusedPort } from '../../../test/answering-server.ts';
import { CommandError } from '../command-error.ts';
import { askForStatus } from './status.ts';

test('askForStatus reads an answer of any length', async () => {
  const sessions = Array.from({ length: 1_000 }, (_, id) => ({ id, client: '127.0.0.1:50000' }));
  await using server = await answerWith((_request, response) =>
    response.end(JSON.stringify({ instances: [], sessions }, undefined, 2)),
  );
  const report = await askForStatus({ port: server.port, timeoutMs: 5_000 });
  assert.equal(report.sessions.length, 1_000);
  assert.deepEqual(server.requests, ['GET /status.json']);
});

test('askForStatus says what is missing', async () => {
  assert.match(
    await failure(await unusedPort()),
    /^cannot ask .*: connection refused; start the proxy with --status-page or/,
  );
  await using other = await answerWith((_request, response) => response.end('<html>'));
  assert.match(await failure(other.port), /: HTTP 200 without a status; see whether/);
  await using missing = await answerWith((_request, response) => response.writeHead(404).end('not found'));
  assert.match(await failure(missing.port), /: HTTP 404 without a status; see whether/);
});

async function failure(port: number): Promise<string> {
  const error: unknown = await askForStatus({ port, timeoutMs: 5_000 }).catch((reason: unknown) => reason);
  assert(error instanceof CommandError);
  return `${error.message}; ${error.hint}`;
}
