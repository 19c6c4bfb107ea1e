// releaseFeed against servers with the shape of GitHub's releases, and against what is none.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { answerWith } from '../../test/answering-server.ts';
import { failureOf, nowMs, plainFetch } from '../../test/update-rig.ts';
import type { Fetch } from './fetch.ts';
import { type Release, releaseFeed } from './release-feed.ts';
import { memoryFile, rememberingFetch } from './remembered-answer.ts';

const folder = mkdtempSync(join(tmpdir(), 'release-feed-'));
after(() => rmSync(folder, { recursive: true }));

const release = {
  tag_name: 'v0.2.0',
  html_url: 'https://code.example/releases/v0.2.0',
  published_at: '2026-11-12T09:00:00Z',
  assets: [
    { name: 'SHA256SUMS', browser_download_url: 'files/SHA256SUMS' },
    { name: 'evil', browser_download_url: 'file:///etc/passwd' },
    { name: 5 },
  ],
};

function newestAt(port: number, fetch: Fetch = plainFetch()): Promise<Release> {
  return releaseFeed({
    url: new URL(`http://127.0.0.1:${port}/repos/o/n/releases/latest`),
    fetch,
    now: () => nowMs,
  }).newest();
}

test('releaseFeed reads version, date, page and files of the newest release', async () => {
  await using server = await answerWith((_request, response) => response.end(JSON.stringify(release)));
  const { version, releasedAt, changes, assets } = await newestAt(server.port);
  assert.equal(version.text, '0.2.0');
  assert.equal(releasedAt?.toISOString(), '2026-11-12T09:00:00.000Z');
  assert.equal(changes, 'https://code.example/releases/v0.2.0');
  assert.deepEqual([...assets.keys()], ['SHA256SUMS']);
  assert.match(
    assets.get('SHA256SUMS')?.href ?? '',
    /^http:\/\/127\.0\.0\.1:\d+\/repos\/o\/n\/releases\/files\/SHA256SUMS$/,
  );
});

test('releaseFeed does without a date and a page, and believes in none that is not one', async () => {
  const odd = { tag_name: '0.2.0', html_url: 'javascript:x', published_at: 'soon', assets: 'none' };
  await using server = await answerWith((_request, response) => response.end(JSON.stringify(odd)));
  const { releasedAt, changes, assets } = await newestAt(server.port);
  assert.deepEqual([releasedAt, changes, assets.size], [undefined, undefined, 0]);
});

for (const [answer, reason] of [
  ['<html>', 'it is no JSON object'],
  ['[]', 'it is no JSON object'],
  ['null', 'it is no JSON object'],
  ['{}', 'its "tag_name" is no version'],
  ['{"tag_name":"\\u001b[2Jnightly"}', 'its "tag_name" is no version'],
] as const) {
  test(`releaseFeed refuses the answer ${answer}`, async () => {
    await using server = await answerWith((_request, response) => response.end(answer));
    const failure = await failureOf(newestAt(server.port));
    assert.match(failure, /^the answer of 127\.0\.0\.1:\d+ does not describe a release: /);
    assert.ok(failure.includes(reason), failure);
  });
}

for (const [status, headers, text] of [
  [
    403,
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(nowMs / 1000 + 600) },
    /no further requests .*; try again in 10 min$/,
  ],
  [429, { 'retry-after': '90' }, /no further requests from here for now \(HTTP 429\); try again in 2 min$/],
  [429, {}, /no further requests .*; try again later$/],
  [403, {}, /wants a login for this \(HTTP 403\)/],
  [404, {}, /knows no release \(HTTP 404\)/],
  [500, {}, /answers with HTTP 500; try again later$/],
] as const) {
  test(`releaseFeed says what HTTP ${status} with ${JSON.stringify(headers)} means`, async () => {
    await using server = await answerWith((_request, response) => response.writeHead(status, headers).end('{}'));
    assert.match(await failureOf(newestAt(server.port)), text);
  });
}

test('rememberingFetch asks again by ETag, and takes 304 for what it knows', async () => {
  const file = join(folder, 'deep', 'state.json');
  const asked: unknown[] = [];
  await using server = await answerWith((request, response) => {
    asked.push(request.headers['if-none-match']);
    if (request.headers['if-none-match'] === 'W/"1"') response.writeHead(304).end();
    else response.writeHead(200, { etag: 'W/"1"' }).end(JSON.stringify(release));
  });
  const fetch = rememberingFetch(plainFetch(), file);
  for (let time = 0; time < 2; time += 1) assert.equal((await newestAt(server.port, fetch)).version.text, '0.2.0');
  assert.deepEqual(asked, [undefined, 'W/"1"']);
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
  // What it cannot read it does without, and puts right.
  writeFileSync(file, '{"url": 1');
  assert.equal((await newestAt(server.port, fetch)).version.text, '0.2.0');
  assert.deepEqual(asked.slice(2), [undefined]);
  assert.match(readFileSync(file, 'utf8'), /0\.2\.0/);
});

test('rememberingFetch knows nothing of another feed, and does without a file that cannot be', async () => {
  const asked: unknown[] = [];
  await using server = await answerWith((request, response) => {
    asked.push(request.headers['if-none-match']);
    response.writeHead(200, { etag: '"2"' }).end(JSON.stringify(release));
  });
  const file = join(folder, 'other.json');
  writeFileSync(file, JSON.stringify({ url: 'http://other.test/', etag: '"1"', body: '{}' }));
  await newestAt(server.port, rememberingFetch(plainFetch(), file));
  writeFileSync(join(folder, 'plain'), '');
  await newestAt(server.port, rememberingFetch(plainFetch(), join(folder, 'plain', 'x.json')));
  assert.deepEqual(asked, [undefined, undefined]);
});

function under(folderOfCaches: string): string {
  return join(folderOfCaches, 'alloydb-auth-proxy', 'newest-release.json');
}

test('memoryFile is where the system wants it', () => {
  assert.equal(memoryFile({ HOME: '/h' }, 'linux'), under('/h/.cache'));
  assert.equal(memoryFile({ HOME: '/h' }, 'darwin'), under('/h/Library/Caches'));
  assert.equal(memoryFile({ HOME: '/h', XDG_CACHE_HOME: '/x' }, 'linux'), under('/x'));
  assert.equal(memoryFile({ HOME: '/h', CACHE_DIRECTORY: '/var/cache/p' }, 'linux'), under('/var/cache/p'));
  assert.equal(memoryFile({ LOCALAPPDATA: '/l' }, 'win32'), under('/l'));
  assert.equal(memoryFile({}, 'linux'), undefined);
});
