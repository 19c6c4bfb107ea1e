// `npm run demo`: a local AlloyDB with the proxy in front, ready for psql; with --query SQL it runs that and ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Emulator, startEmulator } from 'alloydb-emulator';
import { Client } from 'pg';

const serviceAccount = 'demo@local.iam.gserviceaccount.com';
const firstPort = 5432;

const usage = `npm run demo                     start a local AlloyDB and the proxy, and wait for Ctrl-C
npm run demo -- --query SQL      run one query through the proxy, print its rows and end
npm run demo -- --port N         first port of the proxy (default ${firstPort}, or the next free one)
`;

interface Demo {
  readonly emulator: Emulator;
  readonly passwordPort: number;
  readonly iamPort: number;
  readonly iamUser: string;
  /** Resolves when the proxy has ended, for whatever reason. */
  readonly proxyEnded: Promise<number>;
}

// Settles when everything is started or has failed to; nothing is stopped before.
let starting: Promise<unknown> = Promise.resolve();
let isInterrupted = false;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { query: { type: 'string' }, port: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  const interrupted = waitForInterrupt();
  const query = values.query;
  // Whatever is interrupted, and when: what was started by then is stopped in order.
  await using started = new AsyncDisposableStack();
  const work = run(started, { port: values.port, query });
  const outcome = await Promise.race([interrupted, work]);
  if (outcome !== 'interrupted') return outcome;
  if (query === undefined) process.stdout.write('\nStopping: the proxy, then the emulator and its PostgreSQL.\n');
  // The start may still be under way: then it ends first, so that nothing comes up behind the clean-up.
  work.catch(() => undefined);
  await starting;
  return query === undefined ? 0 : 130;
}

async function run(
  started: AsyncDisposableStack,
  { port, query }: { readonly port: string | undefined; readonly query: string | undefined },
): Promise<number> {
  const demo = start(started, { port, quiet: query !== undefined });
  starting = demo.catch(() => undefined);
  if (query !== undefined) {
    await printRows(await demo, query);
    return 0;
  }
  const running = await demo;
  process.stdout.write(describe(running));
  const code = await running.proxyEnded;
  // Stopped by the clean-up, it has said so itself.
  if (!isInterrupted) process.stderr.write(`the proxy ended with exit code ${code}\n`);
  return 1;
}

/** Resolves at the first signal. The handlers stay: a second Ctrl-C must not break off the clean-up. */
function waitForInterrupt(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        isInterrupted = true;
        resolve('interrupted');
      });
  });
}

async function start(
  started: AsyncDisposableStack,
  { port, quiet }: { readonly port: string | undefined; readonly quiet: boolean },
): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'alloydb-demo-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const startedAt = performance.now();
  const emulator = started.use(await startEmulator());
  const [instance] = emulator.instances;
  if (instance === undefined) throw new Error('the emulator has no instance');
  const iamUser = await emulator.createIamUser(serviceAccount);
  const keyFile = join(folder, 'key.json');
  await emulator.writeServiceAccountKey(keyFile, serviceAccount);
  if (!quiet) {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`Local AlloyDB started in ${seconds} s. Starting the proxy:\n\n`);
  }
  const base = port === undefined ? await firstFreePair() : Number(port);
  // macOS has one loopback address only; there the emulated server listens on a port of its own.
  const dialAddress = instance.port === 5433 ? '' : `&dial-address=${instance.address}:${instance.port}`;
  const args = [
    '--credentials-file',
    keyFile,
    '--alloydbadmin-api-endpoint',
    emulator.apiEndpoint,
    `${instance.uri}?port=${base}${dialAddress}`,
    `${instance.uri}?port=${base + 1}&auto-iam-authn=true${dialAddress}`,
  ];
  const { ended } = await startProxy(started, args, quiet);
  return { emulator, passwordPort: base, iamPort: base + 1, iamUser, proxyEnded: ended };
}

/** Starts the proxy as a process of its own, as a user would, and waits until it is ready. */
async function startProxy(
  started: AsyncDisposableStack,
  args: readonly string[],
  quiet: boolean,
): Promise<{ readonly ended: Promise<number> }> {
  const program = ['--conditions=alloydb-source', 'packages/proxy/src/main.ts'];
  // A process group of its own: Ctrl-C in the terminal reaches this program alone, which then stops things in order.
  const proxy = spawn(process.execPath, [...program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(proxy, 'exit').then(([code]) => Number(code));
  started.defer(async () => {
    proxy.kill('SIGTERM');
    await ended;
  });
  const ready = Promise.withResolvers<void>();
  let seen = '';
  proxy.stdout.on('data', (chunk: Buffer) => {
    if (!quiet) process.stdout.write(chunk);
    seen += chunk.toString();
    if (seen.includes('ready for new connections!')) ready.resolve();
  });
  await Promise.race([
    ready.promise,
    ended.then((code) => {
      throw new Error(`the proxy did not start (exit code ${code})`);
    }),
  ]);
  return { ended };
}

/** The first port from the usual one on that is free together with the one behind it. */
async function firstFreePair(): Promise<number> {
  for (let port = firstPort; port < firstPort + 200; port += 1) {
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
  return firstPort;
}

async function isFree(port: number): Promise<boolean> {
  const { createServer } = await import('node:net');
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

async function printRows({ emulator, passwordPort }: Demo, text: string): Promise<void> {
  const client = new Client({ host: '127.0.0.1', port: passwordPort, database: 'postgres', ...emulator.superuser });
  await client.connect();
  try {
    const { fields, rows } = await client.query({ text, rowMode: 'array' });
    const lines = [fields.map(({ name }) => name), ...(rows as unknown[][])];
    for (const line of lines) process.stdout.write(`${line.map(String).join('\t')}\n`);
  } finally {
    await client.end();
  }
}

function describe({ emulator, passwordPort, iamPort, iamUser }: Demo): string {
  const { user, password } = emulator.superuser;
  const [instance] = emulator.instances;
  const places = [
    [`127.0.0.1:${passwordPort}`, 'the proxy, password login'],
    [`127.0.0.1:${iamPort}`, 'the proxy, Auto IAM login'],
    [`${instance?.address}:${instance?.port}`, 'the server-side proxy of the instance (emulated)'],
    [emulator.apiEndpoint, 'the Admin API and token endpoint (emulated)'],
  ].map(([place = '', what]) => `  ${place.padEnd(24)}${what}`);
  return `
Listening:
${places.join('\n')}
Behind it: ${emulator.postgres.version}

Paste one of these:
  PGPASSWORD=${password} psql -h 127.0.0.1 -p ${passwordPort} -U ${user} postgres
  psql -h 127.0.0.1 -p ${iamPort} -U ${iamUser} postgres          # no password: logged in as the IAM principal

Press Ctrl-C to stop everything. Nothing is left behind.
`;
}
