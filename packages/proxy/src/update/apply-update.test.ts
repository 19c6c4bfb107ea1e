// applyUpdate and rollBack on a shell script that stands for the program, with releases good and bad.

import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type PublishedRelease, publicKey, scriptOf, serveRelease } from '../../test/release-server.ts';
import { failureOf, nowMs, plainFetch } from '../../test/update-rig.ts';
import { applyUpdate, rollBack } from './apply-update.ts';
import { releaseFeed } from './release-feed.ts';
import { parseVersion } from './version-order.ts';

const skip = process.platform === 'win32' ? 'a shell script is no program there' : false;
const asset = 'alloydb-auth-proxy-linux-x64';
const root = mkdtempSync(join(tmpdir(), 'apply-update-'));
after(() => rmSync(root, { recursive: true }));
let count = 0;

interface Installed {
  readonly folder: string;
  readonly program: string;
}

function install(version = '0.1.0', mode = 0o755): Installed {
  const folder = join(root, String((count += 1)));
  mkdirSync(folder);
  const program = join(folder, 'alloydb-auth-proxy');
  writeFileSync(program, scriptOf(version));
  chmodSync(program, mode);
  return { folder, program };
}

async function update({ program }: Pick<Installed, 'program'>, feed: URL, signal = new AbortController().signal) {
  const fetch = plainFetch();
  const current = parseVersion('0.1.0') ?? assert.fail();
  const source = releaseFeed({ url: feed, fetch, now: () => nowMs });
  const options = { feed: source, fetch, program, asset, current, publicKey, signal, onDownload: ignore };
  return (await applyUpdate(options)).text;
}

function ignore(): void {
  // What is downloaded is of no interest here.
}

const good: PublishedRelease = { tag: 'v0.2.0', asset, executable: scriptOf('0.2.0') };

test('applyUpdate replaces the program, keeps its mode and the one before, and rollBack exchanges them', {
  skip,
}, async () => {
  const { folder, program } = install('0.1.0', 0o751);
  await using server = await serveRelease(good);
  assert.equal(await update({ program }, server.feed), '0.2.0');
  assert.equal(readFileSync(program, 'utf8'), scriptOf('0.2.0'));
  assert.equal(statSync(program).mode & 0o7777, 0o751);
  const previous = `${program}.previous`;
  assert.equal(readFileSync(previous, 'utf8'), scriptOf('0.1.0'));
  assert.equal((await rollBack(program)).text, '0.1.0');
  assert.deepEqual(
    [program, previous].map((path) => readFileSync(path, 'utf8')),
    [scriptOf('0.1.0'), scriptOf('0.2.0')],
  );
  assert.equal((await rollBack(program)).text, '0.2.0');
  assert.deepEqual(readdirSync(folder).toSorted(), ['alloydb-auth-proxy', 'alloydb-auth-proxy.previous']);
});

test('applyUpdate replaces what a link leads to', { skip }, async () => {
  const { folder, program } = install();
  const link = join(folder, 'link');
  symlinkSync(program, link);
  await using server = await serveRelease(good);
  await update({ program: link }, server.feed);
  assert.equal(readFileSync(program, 'utf8'), scriptOf('0.2.0'));
  assert.deepEqual(readdirSync(folder).toSorted(), ['alloydb-auth-proxy', 'alloydb-auth-proxy.previous', 'link']);
});

test('applyUpdate downloads nothing when this is the newest version', { skip }, async () => {
  const { program } = install();
  await using server = await serveRelease({ ...good, tag: 'v0.1.0' });
  assert.equal(await update({ program }, server.feed), '0.1.0');
  assert.deepEqual(server.requests, ['GET /latest']);
});

const refused: readonly (readonly [name: string, release: Partial<PublishedRelease>, message: RegExp])[] = [
  ['is older', { tag: 'v0.0.9' }, /^the feed offers 0\.0\.9, which is older than this 0\.1\.0; .*update rollback$/],
  ['is signed by somebody else', { signedBy: 'others' }, /^the signature of the release is wrong/],
  ['has another list of checksums', { instead: { SHA256SUMS: 'x' } }, /^the signature of the release is wrong/],
  ['has half a signature', { instead: { 'SHA256SUMS.sig': 'x' } }, /^the signature of the release is wrong/],
  ['has a signature without end', { instead: { 'SHA256SUMS.sig': 'x'.repeat(5_000) } }, /longer than 1024 bytes/],
  ['has another executable', { instead: { [asset]: scriptOf('0.2.0', 'evil') } }, /^the checksum of \S+ is wrong/],
  ['breaks off', { instead: { [asset]: undefined } }, /^cannot get an answer from 127\.0\.0\.1:\d+: /],
  ['has no signature', { without: ['SHA256SUMS.sig'] }, /^the release 0\.2\.0 has no file SHA256SUMS\.sig; /],
  [
    'has nothing for this machine',
    { without: [asset] },
    /^the release 0\.2\.0 has no file alloydb-auth-proxy-linux-x64; /,
  ],
  [
    'is an old one under a new name',
    { executable: scriptOf('0.0.5') },
    /^the feed offers 0\.2\.0, .* under that name is 0\.0\.5; /,
  ],
  ['does not run', { executable: 'no program' }, /^the executable does not run on this machine; /],
  ['runs and fails', { executable: scriptOf('0.2.0', 'exit 3') }, /^the executable does not run on this machine; /],
];

for (const [name, change, message] of refused) {
  test(`applyUpdate leaves everything as it was when the release ${name}`, { skip }, async () => {
    const { folder, program } = install();
    await using server = await serveRelease({ ...good, ...change });
    const failure = await failureOf(update({ program }, server.feed));
    assert.match(failure, message);
    assert.ok(!failure.includes(root), failure);
    assert.equal(readFileSync(program, 'utf8'), scriptOf('0.1.0'));
    assert.deepEqual(readdirSync(folder), ['alloydb-auth-proxy']);
  });
}

test('applyUpdate leaves everything as it was when it is interrupted before the exchange', { skip }, async () => {
  const { folder, program } = install();
  const abort = new AbortController();
  await using server = await serveRelease(good);
  const updating = update({ program }, server.feed, abort.signal);
  abort.abort(new Error('interrupted'));
  await assert.rejects(updating, /interrupted/);
  assert.deepEqual(readdirSync(folder), ['alloydb-auth-proxy']);
  assert.equal(readFileSync(program, 'utf8'), scriptOf('0.1.0'));
});

test('applyUpdate says that it may not replace the program before it downloads anything', {
  skip: skip || (process.getuid?.() === 0 && 'root may write everywhere'),
}, async () => {
  const { folder, program } = install();
  chmodSync(folder, 0o555);
  await using server = await serveRelease(good);
  assert.match(
    await failureOf(update({ program }, server.feed)),
    /^cannot replace the program: permission denied; run it as/,
  );
  chmodSync(folder, 0o755);
  assert.deepEqual(server.requests, []);
});

test('rollBack says so when there is nothing to go back to, or nothing that runs', { skip }, async () => {
  const { folder, program } = install();
  assert.match(await failureOf(rollBack(program)), /^there is no version before this one to go back to; /);
  writeFileSync(`${program}.previous`, 'damaged', { mode: 0o755 });
  assert.match(await failureOf(rollBack(program)), /^the executable does not run on this machine; /);
  assert.deepEqual(readdirSync(folder).toSorted(), ['alloydb-auth-proxy', 'alloydb-auth-proxy.previous']);
  assert.equal(readFileSync(program, 'utf8'), scriptOf('0.1.0'));
});
