// The standalone executable updates itself from a release feed on this machine, and takes that back.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { publicKey, type PublishedRelease, serveRelease } from '../packages/proxy/test/release-server.ts';
import { executableName } from '../packages/proxy/src/update/executable-name.ts';

const bun = 'node_modules/bun/bin/bun.exe';
const skip = existsSync(bun) ? false : 'bun is not installed: no executable can be built';
const ending = process.platform === 'win32' ? '.exe' : '';
const { platform, arch } = process;
const asset = executableName({ platform, arch, hasMusl: false });
const root = mkdtempSync(join(tmpdir(), 'alloydb-update-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** This version, built to believe in the key of the test; and the same but for the version that it says it is. */
const built = join(root, `built${ending}`);
let newer: Buffer;

before(() => {
  if (skip !== false) return;
  const define = `--define=ALLOYDB_RELEASE_PUBLIC_KEY=${JSON.stringify(publicKey)}`;
  const args = ['build', '--compile', '--conditions=alloydb-source', define, 'packages/proxy/src/main.ts'];
  const { status, stderr } = spawnSync(bun, [...args, '--outfile', built], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const bytes = readFileSync(built);
  for (let at = bytes.indexOf('"0.1.0"'); at !== -1; at = bytes.indexOf('"0.1.0"', at + 1)) bytes.write('"9.1.0"', at);
  newer = bytes;
});

function install(name: string): string {
  const program = join(mkdtempSync(join(root, 'installed-')), `${name}${ending}`);
  copyFileSync(built, program);
  return program;
}

async function run(program: string, ...args: readonly string[]) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: root } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

const files = (program: string): readonly string[] => readdirSync(join(program, '..')).toSorted();
const release = (): PublishedRelease => ({ tag: 'v9.1.0', asset, executable: newer });

test('update apply replaces the executable by a signed release, and update rollback brings it back', {
  skip,
}, async () => {
  const program = install('alloydb-auth-proxy');
  const { mode } = statSync(program);
  await using server = await serveRelease(release());
  const feed = ['--feed', server.feed.href];
  assert.equal((await run(program, 'update', 'check', ...feed)).code, 10);
  const applied = await run(program, 'update', 'apply', ...feed);
  assert.deepEqual(
    [applied.code, applied.output],
    [
      0,
      `downloading ${asset} of 9.1.0\n` +
        'alloydb-auth-proxy 9.1.0 is installed in place of 0.1.0; what runs already is 0.1.0 until its next start\n',
    ],
  );
  assert.equal((await run(program, '--version')).output, 'alloydb-auth-proxy version 9.1.0\n');
  assert.equal(statSync(program).mode, mode);
  assert.deepEqual(files(program), [`alloydb-auth-proxy${ending}`, `alloydb-auth-proxy.previous${ending}`].toSorted());
  assert.equal(
    (await run(program, 'update', 'apply', ...feed)).output,
    'alloydb-auth-proxy 9.1.0 is the newest version\n',
  );
  const back = await run(program, 'update', 'rollback');
  assert.equal(back.code, 0);
  assert.match(back.output, /^alloydb-auth-proxy 0\.1\.0 is back in place of 9\.1\.0; /);
  assert.equal((await run(program, '--version')).output, 'alloydb-auth-proxy version 0.1.0\n');
});

test('update apply changes nothing for a release that somebody else has signed', { skip }, async () => {
  const program = install('proxy');
  await using server = await serveRelease({ ...release(), signedBy: 'others' });
  const { code, output } = await run(program, 'update', 'apply', '--feed', server.feed.href);
  assert.equal(code, 1);
  assert.match(
    output,
    /\nalloydb-auth-proxy: error: the signature of the release is wrong: nothing has been installed\n/,
  );
  assert.ok(!output.includes(root), output);
  assert.deepEqual(files(program), [`proxy${ending}`]);
});

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`update apply that ends by ${signal} in the middle of the download leaves nothing`, { skip }, async () => {
    const program = install('proxy');
    const { promise: isHanging, resolve: hangs } = Promise.withResolvers<void>();
    await using server = await serveRelease({ ...release(), onHang: hangs, hanging: asset });
    const child = spawn(program, ['update', 'apply', '--feed', server.feed.href], { stdio: 'ignore' });
    const closed = once(child, 'close');
    await isHanging;
    child.kill(signal);
    const [code] = (await closed) as [number | null];
    if (signal === 'SIGINT' && platform !== 'win32') assert.equal(code, 1);
    assert.deepEqual(files(program), [`proxy${ending}`]);
    assert.deepEqual(readFileSync(program), readFileSync(built));
  });
}
