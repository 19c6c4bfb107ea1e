// The standard streams of a real process whose reader is slow, or gone.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { DescriptorSink } from './stdio.ts';

const STDIO = JSON.stringify(new URL('stdio.ts', import.meta.url).href);

function run(script: string) {
  const source = `const { stdioSinks } = await import(${STDIO}); const sinks = stdioSinks(); const { out, err } = sinks; ${script}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: ['pipe', 'pipe', 'pipe'] });
}

test('stdioSinks loses nothing when the process exits right behind the last line', async () => {
  const child = run(
    "for (let n = 0; n < 20000; n++) out.write('line ' + n + '\\n'); await sinks.flush(); process.exit(0);",
  );
  const lines = (await text(child.stdout)).split('\n');
  assert.equal(lines.length, 20_001);
  assert.equal(lines[19_999], 'line 19999');
});

test('stdioSinks waits for room in a pipe that does not block', async () => {
  // Node switches a pipe to non-blocking as soon as somebody asks for process.stdout.
  const child = run("process.stdout; for (let n = 0; n < 20000; n++) out.write('line ' + n + '\\n');");
  assert.equal((await text(child.stdout)).split('\n').length, 20_001);
});

test('stdioSinks outlives the reader of its pipe', async () => {
  const child = run("for (let n = 0; n < 20000; n++) out.write('line ' + n + '\\n'); err.write('alive\\n');");
  child.stdout.destroy();
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  assert.deepEqual({ said, code }, { said: 'alive\n', code: 0 });
});

test('DescriptorSink keeps the order of its lines', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'stdio-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'log');
  const descriptor = openSync(path, 'a');
  t.after(() => closeSync(descriptor));
  const sink = new DescriptorSink(descriptor);
  const lines = Array.from({ length: 1_000 }, (_, n) => `ünï ${n}\n`);
  for (const line of lines) sink.write(line);
  await sink.flush(10_000);
  assert.equal(readFileSync(path, 'utf8'), lines.join(''));
});

test('stdioSinks lets the program go on while nobody reads, says how much was lost, and is flushed without hanging', async () => {
  // The parent reads nothing until the child has said on the other stream that it was never held up.
  const child = run(`
    sinks.onLost = (count) => out.write('lost ' + count + '\\n');
    const line = 'x'.repeat(1023) + '\\n';
    for (let n = 0; n < 20000; n++) out.write(line);
    await sinks.flush(50);
    err.write('not held up\\n');
    process.stdin.once('data', async () => { await sinks.flush(10000); process.exit(0); });
  `);
  let said = '';
  for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
    said += chunk.toString();
    if (said.includes('not held up')) break;
  }
  const output = text(child.stdout);
  child.stdin.end('go');
  assert.match((await output).slice(-40), /lost [1-9]\d+\n$/);
});

test('stdioSinks does not keep a process from its exit when the reader of its socket has stopped', async () => {
  const child = run(`
    for (let n = 0; n < 20000; n++) out.write('x'.repeat(1023) + '\\n');
    await sinks.flush(50);
    process.exit(7);
  `);
  // Node has made sockets for its streams, and reads the first of them no further than into its buffer.
  assert.deepEqual(await once(child, 'exit'), [7, null]);
});
