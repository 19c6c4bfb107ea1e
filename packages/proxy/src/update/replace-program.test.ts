// replaceProgram and what goes with it, on plain files.

import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { failureOf } from '../../test/update-rig.ts';
import {
  exchangeWithPrevious,
  findProgramFiles,
  removeLeftovers,
  replaceProgram,
  unfinishedName,
  writeExecutable,
} from './replace-program.ts';

const root = mkdtempSync(join(tmpdir(), 'replace-program-'));
after(() => rmSync(root, { recursive: true }));

function programIn(name: string, program = 'proxy'): string {
  mkdirSync(join(root, name));
  writeFileSync(join(root, name, program), 'old');
  return join(root, name, program);
}

const contents = (name: string) =>
  Object.fromEntries(readdirSync(join(root, name)).map((file) => [file, readFileSync(join(root, name, file), 'utf8')]));

for (const platform of ['linux', 'win32'] as const) {
  test(`replaceProgram keeps the program as the one before, the way of ${platform}`, async () => {
    const files = await findProgramFiles(programIn(platform, 'proxy.exe'), platform);
    for (const [text, before] of [
      ['new', 'old'],
      ['newer', 'new'],
    ] as const) {
      const unfinished = unfinishedName(files);
      await writeExecutable(unfinished, Buffer.from(text), files);
      await replaceProgram(unfinished, files);
      assert.deepEqual(contents(platform), { 'proxy.exe': text, 'proxy.previous.exe': before });
    }
    await exchangeWithPrevious(files);
    assert.deepEqual(contents(platform), { 'proxy.exe': 'new', 'proxy.previous.exe': 'newer' });
  });

  test(`replaceProgram puts the program back when there is nothing to replace it by, the way of ${platform}`, async () => {
    const folder = `${platform}-lost`;
    const files = await findProgramFiles(programIn(folder), platform);
    const failure = await failureOf(replaceProgram(unfinishedName(files), files));
    assert.match(
      failure,
      /^cannot replace the program: its file is not there any more; the program is as it was before$/,
    );
    assert.equal(readFileSync(files.program, 'utf8'), 'old');
  });
}

test('replaceProgram leaves nothing behind when the one before is the program itself', async () => {
  const files = await findProgramFiles(programIn('linked'), 'linux');
  linkSync(files.program, files.previous);
  const unfinished = unfinishedName(files);
  await writeExecutable(unfinished, Buffer.from('new'), files);
  await replaceProgram(unfinished, files);
  assert.deepEqual(contents('linked'), { proxy: 'new', 'proxy.previous': 'old' });
});

test('removeLeftovers removes what is an hour old, and knows it by its name', async () => {
  const files = await findProgramFiles(programIn('left'));
  for (const name of ['.proxy.0123456789ab.new', '.proxy.conf', '.other.0123456789ab.new']) {
    writeFileSync(join(root, 'left', name), name);
  }
  await removeLeftovers(files, Date.now());
  assert.equal(readdirSync(join(root, 'left')).length, 4);
  await removeLeftovers(files, Date.now() + 3_700_000);
  assert.deepEqual(readdirSync(join(root, 'left')).toSorted(), ['.other.0123456789ab.new', '.proxy.conf', 'proxy']);
});

test('findProgramFiles says that there is no program, without its path', async () => {
  const failure = await failureOf(findProgramFiles(join(root, 'nowhere', 'proxy')));
  assert.match(failure, /^cannot replace the program: its file is not there any more; /);
});
