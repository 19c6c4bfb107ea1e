// A small Debian that systemd has booted, in a container on the network of this machine, with the program in it.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proxyCommand } from './proxy-process.ts';
import { type ProgramEnd, runProgram, skipUnlessInstalled } from './tools.ts';
import { until } from './until.ts';

/** Where the root file system is kept for the next run; what happens in a machine is never written there. */
const rootFolder = join(tmpdir(), 'alloydb-e2e-bookworm');
const repositoryInside = '/opt/alloydb';
const executableInside = '/opt/alloydb-auth-proxy';

/** False where a machine can be booted, else the reason that is printed. */
export function skipWithoutMachine(): string | false {
  if (process.getuid?.() !== 0) return 'only root can boot a container';
  return (
    skipUnlessInstalled('systemd-nspawn') ||
    skipUnlessInstalled('nsenter') ||
    (existsSync(rootFolder) ? false : skipUnlessInstalled('mmdebstrap'))
  );
}

export class Machine implements AsyncDisposable {
  readonly #container: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  private constructor(container: ChildProcess) {
    this.#container = container;
    this.#ended = once(container, 'close');
    for (const stream of [container.stdout, container.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** @param folder seen inside under the same path, to be read only. */
  static async boot(folder: string): Promise<Machine> {
    await makeRoot();
    const executable = process.env['ALLOYDB_E2E_PROXY'];
    const program =
      executable === undefined ? `${process.cwd()}:${repositoryInside}` : `${executable}:${executableInside}`;
    const container = spawn(
      'systemd-nspawn',
      [
        '--boot',
        `--directory=${rootFolder}`,
        '--volatile=overlay',
        '--register=no',
        '--keep-unit',
        `--machine=alloydb-e2e-${process.pid}`,
        '--console=pipe',
        `--bind-ro=${program}`,
        `--bind-ro=${folder}:/srv/alloydb`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const machine = new Machine(container);
    await until(async () => {
      if (container.exitCode !== null) assert.fail(`the machine did not boot: ${machine.#output}`);
      return /^(?:running|degraded)/.test((await machine.run('systemctl', 'is-system-running')).stdout);
    });
    return machine;
  }

  /** Runs a program to its end inside. */
  run(program: string, ...args: readonly string[]): Promise<ProgramEnd> {
    const { pid } = this.#container;
    const [init] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    if (init === undefined || init === '') return Promise.resolve({ status: 1, stdout: '', stderr: 'not yet' });
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    return runProgram('/usr/bin/nsenter', [`--target=${init}`, '--all', program, ...args], env);
  }

  /** The same, for a program that must succeed; resolves with what it prints. */
  async must(program: string, ...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(program, ...args);
    assert.equal(status, 0, `${program} ${args.join(' ')}: ${stdout}${stderr}\n${await this.journal()}`);
    return stdout.trim();
  }

  /** Runs `service …` of the program that is tested. */
  async service(...words: readonly string[]): Promise<string> {
    const script = join(repositoryInside, 'packages/proxy/src/main.ts');
    const node = process.execPath.replace(process.cwd(), repositoryInside);
    const program =
      process.env['ALLOYDB_E2E_PROXY'] === undefined
        ? [node, ...proxyCommand.slice(1, -1), script]
        : [executableInside];
    return this.must(program[0] ?? '', ...program.slice(1), 'service', ...words);
  }

  /** One property of the unit. */
  async show(unit: string, property: string): Promise<string> {
    return this.must('systemctl', 'show', `--property=${property}`, '--value', unit);
  }

  async journal(): Promise<string> {
    const { stdout } = await this.run('journalctl', '--no-pager', '--lines=60', '--unit=e2e-*');
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Powers the machine off.
    this.#container.kill('SIGTERM');
    const timer = setTimeout(() => this.#container.kill('SIGKILL'), 30_000);
    await this.#ended;
    clearTimeout(timer);
  }
}

async function makeRoot(): Promise<void> {
  if (existsSync(rootFolder)) return;
  const draft = `${rootFolder}.${process.pid}`;
  const args = ['--variant=minbase', '--include=systemd,systemd-sysv,dbus', 'bookworm', draft];
  const { status, stderr } = await runProgram('mmdebstrap', args, process.env);
  if (status !== 0) rmSync(draft, { recursive: true, force: true });
  assert.equal(status, 0, `mmdebstrap failed: ${stderr}`);
  renameSync(draft, rootFolder);
}
