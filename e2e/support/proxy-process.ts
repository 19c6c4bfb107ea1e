// The proxy as its users run it: a process with arguments, an environment, signals and an exit code.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Exit, STOP } from './proxy-system.ts';

export interface ProxyOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Limit of open files, set by the shell that becomes the proxy. Default: that of the tester. */
  readonly openFiles?: number;
  /** Words of another command that becomes the proxy, such as `unshare --mount`. */
  readonly before?: readonly string[];
  /** Sources of another program to run in the proxy's place, one that serves as it does. Default: the proxy. */
  readonly entry?: string;
}

const readyLine = 'The proxy has started successfully and is ready for new connections!';
const startLimitMs = 60_000;

const runSources = [process.execPath, '--conditions=alloydb-source'];
/** The command that starts the proxy: the sources, or whatever is to be tested instead. */
export const proxyCommand = commandFromEnvironment() ?? [...runSources, 'packages/proxy/src/main.ts'];
/** Whether the proxy under test is the standalone executable. */
export const isExecutable = !proxyCommand.some((word) => word.endsWith('.ts'));

/** Starts the proxy and waits until it says that it is ready; what it has said before on standard error may come later still. */
export async function startProxy(args: readonly string[], options: ProxyOptions = {}): Promise<ProxyProcess> {
  const proxy = new ProxyProcess(args, options);
  await proxy.waitFor(readyLine);
  return proxy;
}

/** Runs the proxy to its end, for starts that are refused. */
export async function runProxy(
  args: readonly string[],
  options: ProxyOptions = {},
): Promise<ProxyProcess & { exit: Exit }> {
  const proxy = new ProxyProcess(args, options);
  const exit = await proxy.ended;
  proxy.assertNoUnhandledError();
  return Object.assign(proxy, { exit });
}

export class ProxyProcess implements AsyncDisposable {
  readonly ended: Promise<Exit>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #changed = Promise.withResolvers<void>();
  #over = false;

  constructor(args: readonly string[], { env = {}, openFiles, before = [], entry }: ProxyOptions) {
    const command = [...(entry === undefined ? proxyCommand : [...runSources, entry]), ...args];
    const limited = openFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${openFiles}; exec "$0" "$@"`];
    const [file = '', ...argv] = [...before, ...limited, ...command];
    this.#child = spawn(file, argv, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...cleanEnvironment(), ...env },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      this.#over = true;
      this.#wake();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get pid(): number {
    return this.#child.pid ?? assert.fail('the proxy did not start');
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get output(): string {
    return this.#stdout + this.#stderr;
  }

  /** Ports of the TCP listeners, in the order of the instances. */
  get ports(): readonly number[] {
    return [...this.#stdout.matchAll(/Listening on \S+:(\d+)/g)].map(([, port]) => Number(port));
  }

  get port(): number {
    return this.ports[0] ?? assert.fail('the proxy listens on no port');
  }

  /** Waits until a text stands in the output; fails when the process ends first or it takes too long. */
  async waitFor(text: string | RegExp): Promise<void> {
    const deadline = Date.now() + startLimitMs;
    const found = (): boolean => (typeof text === 'string' ? this.output.includes(text) : text.test(this.output));
    while (!found()) {
      if (this.#over) assert.fail(`the proxy ended without "${text}":\n${this.output}`);
      if (Date.now() > deadline) assert.fail(`the proxy did not say "${text}" in time:\n${this.output}`);
      await Promise.race([this.#changed.promise, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
    }
  }

  /** Resident memory in bytes, as the kernel counts it. */
  get residentBytes(): number {
    const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(signal: NodeJS.Signals = STOP.signal): Promise<Exit> {
    this.#child.kill(signal);
    return this.ended;
  }

  /** Stops the process if it still runs, and fails when it met an error that nobody handled or ended in another way. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) {
      assert.deepEqual(await this.stop(), STOP.exit, this.output);
    }
    this.assertNoUnhandledError();
  }

  assertNoUnhandledError(): void {
    assert.doesNotMatch(
      this.#stderr,
      /unhandled error|terminal error: (?!unable to start)|Warning: |\n +at /,
      this.output,
    );
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** A path, words with spaces between, or a JSON list of words for those that have spaces in them. */
function commandFromEnvironment(): readonly string[] | undefined {
  const text = process.env['ALLOYDB_E2E_PROXY'];
  return text?.startsWith('[') === true ? (JSON.parse(text) as string[]) : text?.split(' ');
}

/** Nothing of the tester's own settings may decide a test. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(ALLOYDB_PROXY_|OTEL_|GOOGLE_|CLOUDSDK_|GCE_|PG|NODE_TEST_CONTEXT|(ALL|HTTPS?|NO)_PROXY$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
