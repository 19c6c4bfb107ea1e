// /quitquitquit over real HTTP: who may end the proxy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpRequest } from '../../test/http-request.ts';
import { recordLog } from '../../test/log-recorder.ts';
import { adminRoutes } from './admin.ts';
import { HttpServer } from './server.ts';

async function setUp() {
  const { logger } = recordLog();
  const count = { quits: 0 };
  const onQuit = (): void => {
    count.quits += 1;
  };
  const routes = adminRoutes({ onQuit });
  const server = new HttpServer({ host: 'localhost', port: 0, flags: { port: '--admin-port' }, routes, logger });
  const port = Number((await server.start()).split(':')[1]);
  const ask = (method: string, headers: Readonly<Record<string, string>> = {}) =>
    httpRequest({ port, path: '/quitquitquit', method, headers });
  return { count, port, ask, [Symbol.asyncDispose]: () => server.close() };
}

test('/quitquitquit is for GET and POST', async () => {
  await using it = await setUp();
  assert.equal((await it.ask('POST')).status, 200);
  assert.equal((await it.ask('GET')).status, 200);
  assert.equal(it.count.quits, 2);
  for (const method of ['HEAD', 'PUT', 'OPTIONS']) assert.equal((await it.ask(method)).status, 405);
  assert.equal(it.count.quits, 2);
});

const allowed: readonly Readonly<Record<string, string>>[] = [
  { host: 'localhost' },
  { host: 'LOCALHOST:9091' },
  { host: '127.0.0.1:1' },
  { host: '[::1]:9091' },
  { 'sec-fetch-site': 'none' },
  { 'user-agent': 'Mozilla/5.0 (Windows NT; Windows NT 10.0) WindowsPowerShell/5.1' },
];

for (const headers of allowed) {
  test(`/quitquitquit obeys a request with ${JSON.stringify(headers)}`, async () => {
    await using it = await setUp();
    assert.equal((await it.ask('GET', headers)).status, 200);
    assert.equal(it.count.quits, 1);
  });
}

const notLocal = 'refused: the Host header does not name localhost';
const fromPage = 'refused: web pages may not ask for this';
const refused: readonly (readonly [headers: Readonly<Record<string, string>>, reason: string])[] = [
  [{ host: 'attacker.example:9091' }, notLocal],
  [{ host: 'localhost.attacker.example' }, notLocal],
  [{ host: '127.0.0.1.attacker.example' }, notLocal],
  [{ origin: 'https://attacker.example' }, fromPage],
  [{ origin: 'null' }, fromPage],
  [{ origin: 'http://localhost:9091' }, fromPage],
  [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' }, fromPage],
  [{ 'sec-fetch-site': 'same-site' }, fromPage],
  [{ referer: 'https://attacker.example/' }, fromPage],
];

for (const [headers, reason] of refused) {
  test(`/quitquitquit refuses a request with ${JSON.stringify(headers)} (W24)`, async () => {
    await using it = await setUp();
    for (const method of ['GET', 'POST']) {
      const { status, text } = await it.ask(method, headers);
      assert.deepEqual([status, text], [403, reason]);
    }
    assert.equal(it.count.quits, 0);
  });
}
