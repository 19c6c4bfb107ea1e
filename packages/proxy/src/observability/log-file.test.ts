// A log file of the size of a few lines, which is moved, removed and made unwritable under the writer's hands.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LOG_FILE_LIMITS, LogFile, type LogFileOptions } from './log-file.ts';

const unhurried = 10_000;
const day = 24 * 60 * 60 * 1_000;

function rig(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'log-file-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const problems: string[] = [];
  const path = join(folder, 'proxy.log');
  const old = (): readonly string[] =>
    readdirSync(folder)
      .filter((name) => name.startsWith('proxy-'))
      .toSorted();
  const start = (options: Partial<LogFileOptions> = {}): LogFile =>
    new LogFile(path, { onProblem: ({ message }) => problems.push(message), retryAfterMs: 1, ...options });
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return { folder, path, problems, old, start, read };
}

async function say(log: LogFile, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) log.write(`${line}\n`);
  await log.flush(unhurried);
}

test('LogFile appends in order to what is there, in a file that only its owner may read', async (t) => {
  const { start, path, read } = rig(t);
  const lines = Array.from({ length: 1_000 }, (_, n) => `ünï ${n}`);
  for (const part of [lines.slice(0, 10), lines.slice(10)]) {
    await using log = start();
    await say(log, ...part);
  }
  assert.equal(read('proxy.log'), lines.map((line) => `${line}\n`).join(''));
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('LogFile makes the folder that it is to write in', async (t) => {
  const { folder } = rig(t);
  const path = join(folder, 'logs', 'deep', 'proxy.log');
  await using log = new LogFile(path, { onProblem: assert.ifError });
  await say(log, 'here');
  assert.equal(readFileSync(path, 'utf8'), 'here\n');
});

test('LogFile rotates before a line that does not fit, loses none and keeps the newest files', async (t) => {
  const { start, old, read, folder } = rig(t);
  let at = Date.UTC(2026, 0, 2);
  const limits = { maxBytes: 30, maxOldFiles: 3, maxAgeMs: 365 * day };
  await using log = start({ limits, now: () => new Date((at += 1_000)) });
  // 10 bytes each: three make a file full.
  const lines = Array.from({ length: 20 }, (_, n) => `line ${String(n).padStart(4, '0')}`);
  await say(log, ...lines);
  assert.equal(old().length, 3);
  for (const name of readdirSync(folder)) assert.ok(statSync(join(folder, name)).size <= 30, name);
  const kept = [...old(), 'proxy.log'].map(read).join('');
  assert.equal(
    kept,
    lines
      .slice(-11)
      .map((line) => `${line}\n`)
      .join(''),
  );
  assert.match(old()[0] ?? '', /^proxy-2026-01-02T00-\d\d-\d\d\.\d{3}\.log$/);
});

test('LogFile gives a line that is larger than a whole file one of its own', async (t) => {
  const { start, old, read } = rig(t);
  let at = Date.UTC(2026, 0, 2);
  const limits = { ...LOG_FILE_LIMITS, maxBytes: 10 };
  await using log = start({ limits, now: () => new Date((at += 1_000)) });
  await say(log, 'one', 'x'.repeat(100), 'two');
  assert.deepEqual([...old(), 'proxy.log'].map(read), ['one\n', `${'x'.repeat(100)}\n`, 'two\n']);
});

test('LogFile tells apart the files that it fills within one millisecond', async (t) => {
  const { start, old } = rig(t);
  await using log = start({
    limits: { maxBytes: 4, maxOldFiles: 10, maxAgeMs: 365 * 100 * day },
    now: () => new Date(0),
  });
  await say(log, 'one', 'two', 'six', 'ten');
  assert.equal(new Set(old()).size, 3);
});

test('LogFile begins a new file after its time, and removes old ones after theirs', async (t) => {
  const { start, old, read } = rig(t);
  let now = Date.now();
  const limits = { maxBytes: 1_000, maxOldFiles: 10, maxAgeMs: 30 * day };
  await using log = start({ limits, now: () => new Date(now) });
  await say(log, 'first');
  now += 29 * day;
  await say(log, 'second');
  assert.equal(read('proxy.log'), 'first\nsecond\n');
  now += 2 * day;
  await say(log, 'third');
  assert.equal(read('proxy.log'), 'third\n');
  // Its last line was written just now, but a month ago by the clock of this test.
  assert.deepEqual(old(), []);
});

test('LogFile goes on in a new file when another tool has moved or removed the old one', async (t) => {
  const { start, folder, read, path } = rig(t);
  await using log = start();
  await say(log, 'one');
  renameSync(path, join(folder, 'moved'));
  await say(log, 'two');
  rmSync(path);
  await say(log, 'three');
  assert.deepEqual([read('moved'), read('proxy.log')], ['one\n', 'three\n']);
});

test('LogFile says once that its folder cannot be made, and writes what has waited when it can', async (t) => {
  const { folder, problems } = rig(t);
  const blocked = join(folder, 'logs');
  symlinkSync(join(folder, 'nowhere', 'deeper'), blocked);
  const path = join(blocked, 'proxy.log');
  await using log = new LogFile(path, { onProblem: ({ message }) => problems.push(message), retryAfterMs: 1 });
  log.write('one\n');
  log.write('two\n');
  while (problems.length === 0) await log.flush(20);
  rmSync(blocked);
  await say(log, 'three');
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\nthree\n');
  assert.equal(problems.length, 1);
});

test('LogFile counts what does not fit into its memory while the file cannot be written', async (t) => {
  const { path, start, problems, read } = rig(t);
  mkdirSync(path);
  await using log = start();
  const lost: number[] = [];
  log.onLost = (count) => lost.push(count);
  const line = `${'x'.repeat(1023)}\n`;
  for (let n = 0; n < 5_000; n += 1) log.write(line);
  // How long the attempt takes is the machine's business; without a limit the flush would wait for the file.
  while (problems.length === 0) await log.flush(20);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /^EISDIR: /);
  rmSync(path, { recursive: true });
  await log.flush(unhurried);
  const [count = 0] = lost;
  assert.ok(count > 0);
  assert.equal(read('proxy.log').length, (5_000 - count) * 1024);
});

test('LogFile grows on when it cannot be renamed, and says so once', async (t) => {
  const { folder, problems } = rig(t);
  // With the time in it the name is longer than a name may be.
  const path = join(folder, 'x'.repeat(250));
  await using log = new LogFile(path, {
    onProblem: ({ message }) => problems.push(message),
    limits: { ...LOG_FILE_LIMITS, maxBytes: 4 },
  });
  await say(log, 'one', 'two', 'six');
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\nsix\n');
  assert.equal(problems.length, 1);
});

test('LogFile survives a full disk, says so once and stops when it is closed', {
  skip: fullDiskIsMissing(),
}, async () => {
  const problems: string[] = [];
  const told = Promise.withResolvers<void>();
  const onProblem = ({ message }: Error): void => {
    problems.push(message);
    told.resolve();
  };
  const log = new LogFile('/dev/full', { onProblem, retryAfterMs: 1 });
  log.write('one\n');
  await told.promise;
  log.write('two\n');
  await log.flush(20);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /^ENOSPC: /);
  await log[Symbol.asyncDispose]();
});

function fullDiskIsMissing(): string | false {
  return process.platform === 'linux' ? false : 'only Linux has /dev/full';
}
