// Starting at a terminal without an instance: a list to choose from, and never without a terminal.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { queryWithPg } from './support/clients.ts';
import { cleanEnvironment, proxyCommand, runProxy } from './support/proxy-process.ts';
import { serviceAccount, type Setting, setUp } from './support/setting.ts';
import { skipUnlessInstalled } from './support/tools.ts';
import { until } from './support/until.ts';

const primary = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
const replica = 'projects/local/locations/us-central1/clusters/demo/instances/replica';
const skip = process.platform === 'linux' ? skipUnlessInstalled('script') : 'only Linux has this script(1)';

const keys = { enter: '\r', ctrlC: '\u0003' };

/** The proxy at a pseudo-terminal of its own, which script(1) makes. */
class Terminal implements AsyncDisposable {
  #written = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;

  constructor(args: readonly string[]) {
    const command = [...proxyCommand, ...args].map((word) => `'${word}'`).join(' ');
    this.#child = spawn(
      'script',
      ['--quiet', '--return', '--command', `stty cols 200 rows 40; exec ${command}`, '/dev/null'],
      {
        env: { ...cleanEnvironment(), TERM: 'xterm', SHELL: '/bin/sh' },
      },
    );
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#written += text));
    this.#ended = once(this.#child, 'close');
  }

  /** All that was ever on it, without colours and movements. */
  get screen(): string {
    return stripVTControlCharacters(this.#written);
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  async untilShown(text: string | RegExp): Promise<void> {
    await until(() => this.screen.search(text) !== -1).catch(() => assert.fail(this.screen));
  }

  async exitCode(): Promise<unknown> {
    const [code] = await this.#ended;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}

async function setUpChoice(): Promise<Setting> {
  const setting = await setUp({ instances: [primary, replica] });
  setting.emulator.grantRole(serviceAccount, 'roles/alloydb.viewer');
  return setting;
}

test('At a terminal the proxy offers the instances, tells the command and serves the one that was chosen', {
  skip,
}, async () => {
  await using setting = await setUpChoice();
  await using terminal = new Terminal(setting.flags);
  await terminal.untilShown(/Instance of project local\?[^]*demo\.primary[^]*demo\.replica/);
  terminal.type('repl');
  await terminal.untilShown('1 match');
  terminal.type(keys.enter);
  await terminal.untilShown('ready for new connections!');
  assert.ok(terminal.screen.includes(`next time: alloydb-auth-proxy ${setting.flags.join(' ')} ${replica}`));
  const [, port] = /\[local\.us-central1\.demo\.replica\] Listening on 127\.0\.0\.1:(\d+)/.exec(terminal.screen) ?? [];
  assert.equal(await queryWithPg({ port: Number(port), ...setting.emulator.superuser }, 'select 1'), 1);
  // The terminal is an ordinary one again: the key is a signal.
  terminal.type(keys.ctrlC);
  assert.equal(await terminal.exitCode(), 130);
  assert.match(terminal.screen, /SIGINT signal received/);
});

test('Ctrl-C at the list ends the proxy with 130', { skip }, async () => {
  await using setting = await setUpChoice();
  await using terminal = new Terminal(setting.flags);
  await terminal.untilShown(/demo\.replica/);
  terminal.type(keys.ctrlC);
  assert.equal(await terminal.exitCode(), 130);
  assert.doesNotMatch(terminal.screen, /Listening/);
});

test('At a terminal without the permission to list, the role is named', { skip }, async () => {
  await using setting = await setUp();
  await using terminal = new Terminal(setting.flags);
  assert.equal(await terminal.exitCode(), 1);
  assert.match(terminal.screen, /error: no instance to connect to, and none to offer: [^]*roles\/alloydb\.viewer/);
});

test('Without a terminal nothing is asked of anybody', async () => {
  await using setting = await setUpChoice();
  const { exit, output } = await runProxy(setting.flags);
  assert.equal(exit.code, 1);
  assert.match(output, /^alloydb-auth-proxy: error: no instance to connect to\n/);
  assert.equal(setting.emulator.statistics().apiCalls.listInstances, 0);
});
