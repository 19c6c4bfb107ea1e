// The admin server over real HTTP: who may ask for what.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { httpRequest } from '../../test/http-request.ts';
import { recordLog } from '../../test/log-recorder.ts';
import { ProxyModel } from '../observability/model/proxy-model.ts';
import { adminRoutes } from './admin.ts';
import { HttpServer } from './server.ts';

const secret = 'open sesame';
const withSecret = { authorization: `Bearer ${secret}` };
const heapSnapshotFolder = mkdtempSync(join(tmpdir(), 'heap-snapshots-'));
after(() => rmSync(heapSnapshotFolder, { recursive: true }));
const uri = 'projects/p/locations/r/clusters/c/instances/i';

async function setUp() {
  const { logger } = recordLog();
  const count = { quits: 0, reloads: 0 };
  const onQuit = (): void => {
    count.quits += 1;
  };
  const ended: number[] = [];
  const endSession = (id: number): boolean => {
    if (id === 7) ended.push(id);
    return id === 7;
  };
  const onReload = (): void => {
    count.reloads += 1;
  };
  const config = { port: 0, quitquitquit: true, statusPage: true, debug: true, heapSnapshotFolder };
  using undo = new DisposableStack();
  const model = undo.use(new ProxyModel({ instances: [uri] }));
  const routes = adminRoutes({ config, onQuit, onReload, endSession, model, secret });
  const server = new HttpServer({ host: 'localhost', port: 0, flags: { port: '--admin-port' }, routes, logger });
  const port = Number((await server.start()).split(':')[1]);
  const askFor = (path: string, method: string, headers: Readonly<Record<string, string>> = {}) =>
    httpRequest({ port, path, method, headers });
  const ask = (method: string, headers: Readonly<Record<string, string>> = {}) =>
    askFor('/quitquitquit', method, headers);
  const kept = undo.move();
  const close = async (): Promise<void> => {
    kept.dispose();
    await server.close();
  };
  return { count, ended, ask, askFor, [Symbol.asyncDispose]: close };
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

for (const path of ['/reload', '/sessions/7/end', '/debug/heap-snapshot']) {
  test(`POST ${path} is refused without the secret, and from web pages with it`, async () => {
    await using it = await setUp();
    assert.equal((await it.askFor(path, 'POST')).status, 401);
    assert.equal((await it.askFor(path, 'POST', { authorization: 'Bearer open' })).status, 401);
    assert.equal((await it.askFor(path, 'POST', { ...withSecret, origin: 'https://attacker.example' })).status, 403);
    assert.equal((await it.askFor(path, 'GET', withSecret)).status, 405);
    assert.deepEqual([it.count.reloads, it.ended], [0, []]);
  });
}

test('/reload and /sessions/ID/end do what they say for those who know the secret', async () => {
  await using it = await setUp();
  assert.equal((await it.askFor('/reload', 'POST', withSecret)).status, 202);
  assert.equal((await it.askFor('/sessions/7/end', 'POST', withSecret)).status, 200);
  const { status, text } = await it.askFor('/sessions/8/end', 'POST', withSecret);
  assert.deepEqual([status, text], [404, 'there is no session 8']);
  assert.deepEqual([it.count.reloads, it.ended], [1, [7]]);
});

test('/debug/heap-snapshot writes a file that only this user can read, and sends none of it', async () => {
  await using it = await setUp();
  const { status, text: path } = await it.askFor('/debug/heap-snapshot', 'POST', withSecret);
  assert.equal(status, 200);
  assert.ok(path.startsWith(heapSnapshotFolder) && path.length < 300);
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.ok('snapshot' in (JSON.parse(readFileSync(path, 'utf8')) as object));
});

test('/debug/pprof/profile gives what DevTools reads, and takes one at a time', async () => {
  await using it = await setUp();
  const path = '/debug/pprof/profile?seconds=1';
  const [one, other] = await Promise.all([it.askFor(path, 'GET'), it.askFor(path, 'GET')]);
  assert.equal(one.status + other.status, 200 + 409);
  const profile = JSON.parse((one.status === 200 ? one : other).text) as Readonly<Record<string, unknown>>;
  assert.ok('nodes' in profile && 'samples' in profile && 'timeDeltas' in profile);
  for (const seconds of ['0', '301', 'x', '']) {
    assert.equal((await it.askFor(`/debug/pprof/profile?seconds=${seconds}`, 'GET')).status, 400);
  }
});

test('/status.json tells instances and sessions to whoever is on this machine, but not to web pages', async () => {
  await using it = await setUp();
  const { status, text } = await it.askFor('/status.json', 'GET');
  assert.equal(status, 200);
  assert.partialDeepStrictEqual(JSON.parse(text), { state: 'starting', instances: [{ instance: 'p.r.c.i', uri }] });
  assert.equal((await it.askFor('/status.json', 'GET', { host: 'attacker.example' })).status, 403);
});

test('The status page of this server may ask it, but not for /quitquitquit; pages of other ports may not', async () => {
  await using it = await setUp();
  const own = { host: 'localhost:9091', origin: 'http://localhost:9091', 'sec-fetch-site': 'same-origin' };
  assert.equal((await it.askFor('/sessions/7/end', 'POST', { ...own, ...withSecret })).status, 200);
  assert.equal((await it.askFor('/sessions/7/end', 'POST', own)).status, 401);
  assert.equal((await it.askFor('/status.json', 'GET', own)).status, 200);
  for (const strange of [
    { ...own, origin: 'http://localhost:3000' },
    { ...own, 'sec-fetch-site': 'same-site' },
    { ...own, host: 'attacker.example', origin: 'http://attacker.example' },
    { ...own, referer: 'http://localhost:90910/' },
  ]) {
    assert.equal((await it.askFor('/sessions/7/end', 'POST', { ...strange, ...withSecret })).status, 403);
  }
  assert.equal((await it.ask('POST', own)).status, 403);
  assert.deepEqual([it.ended, it.count.quits], [[7], 0]);
});
