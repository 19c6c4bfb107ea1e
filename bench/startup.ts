// How long the proxy takes from the start of its process until it accepts, beside a Node that does nothing.
// Usage: npm run bench:startup -- [--runs 15]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSinkInfo } from '../e2e/support/sink-info.ts';
import { TlsSink } from '../e2e/support/tls-sink.ts';

const readyLine = 'ready for new connections!';
const instance = 'projects/p/locations/us-central1/clusters/c/instances/i';
const sources = ['--conditions=alloydb-source', 'packages/proxy/src/main.ts'];
const built = ['packages/proxy/dist/main.js'];

const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
const runs = Number(values.runs);

await using undo = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'alloydb-bench-'));
undo.defer(() => rm(folder, { recursive: true, force: true }));
// Nobody is called: the file has all that the Admin API would say.
const info = await writeSinkInfo(folder, {
  [instance]: undo.use(await TlsSink.start({ serve: (socket) => void socket.end() })),
});
const flags = ['--port=0', '--token=unused', `--static-connection-info=${info}`, instance];

const candidates: readonly { readonly name: string; readonly run: () => Promise<number> }[] = [
  { name: 'node -e 0', run: () => timeToExit(['-e', '0']) },
  { name: 'sources: --version', run: () => timeToExit([...sources, '--version']) },
  { name: 'sources: accepting', run: () => timeToReady([...sources, ...flags]) },
  ...(existsSync(built[0] ?? '')
    ? [
        { name: 'built: --version', run: () => timeToExit([...built, '--version']) },
        { name: 'built: accepting', run: () => timeToReady([...built, ...flags]) },
      ]
    : []),
];
if (candidates.length < 5) process.stdout.write('dist/ is not there; "npm run build" adds it to the table\n');

// The first round fills the caches of the file system; in turn, so that a busy moment meets all of them.
const times = new Map(candidates.map(({ name }) => [name, [] as number[]]));
for (let round = 0; round <= runs; round += 1) {
  for (const { name, run } of candidates) {
    const tookMs = await run();
    if (round > 0) times.get(name)?.push(tookMs);
  }
}

const base = median(times.get('node -e 0') ?? []);
process.stdout.write(`${row('', 'median', 'fastest', 'above node')}\n`);
for (const [name, measured] of times) {
  const typical = median(measured);
  process.stdout.write(`${row(name, ms(typical), ms(Math.min(...measured)), ms(typical - base))}\n`);
}

function timeToExit(args: readonly string[]): Promise<number> {
  return measure(args, (child) => once(child, 'exit'));
}

function timeToReady(args: readonly string[]): Promise<number> {
  return measure(args, async (child) => {
    let output = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      output += String(text);
      if (output.includes(readyLine)) return;
    }
    throw new Error(`the proxy did not become ready:\n${output}`);
  });
}

type Child = ReturnType<typeof start>;

/** Milliseconds until `done`; the process has ended when this resolves. */
async function measure(args: readonly string[], done: (child: Child) => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  const child = start(args);
  const ended = once(child, 'close');
  await done(child);
  const tookMs = performance.now() - beganMs;
  child.kill('SIGKILL');
  await ended;
  return tookMs;
}

function start(args: readonly string[]) {
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return (low + high) / 2;
}

function ms(amount: number): string {
  return `${amount.toFixed(0)} ms`;
}

function row(...[name = '', ...cells]: readonly string[]): string {
  return name.padEnd(20) + cells.map((cell) => cell.padStart(12)).join('');
}
