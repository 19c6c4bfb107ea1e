// The packages alloydb-auth-proxy and alloydb-emulator as they are published: installed into an empty folder, started by name.

import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import {
  environment,
  installPackages,
  type PackageName,
  type PackedPackage,
  packPackages,
  run,
  skipWithoutNpm,
  strangersAmong,
} from './support/packed-package.ts';
import { runProgram } from './support/tools.ts';

/** A program of an installed package that stays, until the scenario ends. */
class Installed implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #closed: Promise<unknown>;
  #output = '';

  constructor(file: string, args: readonly string[]) {
    this.#child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    this.#closed = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
  }

  /** Resolves with what the pattern found, once the program has said it. */
  async said(pattern: RegExp): Promise<string> {
    for (;;) {
      const [, found] = pattern.exec(this.#output) ?? [];
      if (found !== undefined) return found;
      const changed = Promise.race([once(this.#child.stdout, 'data'), once(this.#child.stderr, 'data')]);
      const over = this.#closed.then(() => assert.fail(`it ended without ${String(pattern)}:\n${this.#output}`));
      await Promise.race([changed, over]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#closed;
  }
}

suite('alloydb-auth-proxy and alloydb-emulator as packages', { skip: skipWithoutNpm }, () => {
  let folder: string;
  let packed: Readonly<Record<PackageName, PackedPackage>>;

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'alloydb-package-')));
    packed = await packPackages(folder);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  test('npm pack takes the program, its sources and the licence, and no test', () => {
    for (const { files } of [packed.proxy, packed.emulator]) {
      for (const path of ['dist/main.js', 'src/main.ts', 'LICENSE']) assert.ok(files.includes(path), path);
      assert.deepEqual(strangersAmong(files), []);
    }
  });

  test('publint finds nothing to say of the programs', async () => {
    for (const { tarball } of [packed.proxy, packed.emulator]) await run('publint', 'run', tarball, '--strict');
  });

  test('npx starts the installed proxy, which serves a client from the installed emulator', async (t) => {
    const home = join(folder, 'app');
    const obstacle = await installPackages(
      Object.values(packed).map(({ tarball }) => tarball),
      home,
    );
    if (obstacle !== undefined) {
      t.skip(obstacle);
      return;
    }
    // One connector for all: the packed one, beside the packed proxy.
    assert.ok(!existsSync(join(home, 'node_modules/alloydb-auth-proxy/node_modules/alloydb-connector')));

    for (const [program, version] of [
      ['alloydb-auth-proxy', /^alloydb-auth-proxy version \d+\.\d+\.\d+$/],
      ['alloydb-emulator', /^alloydb-emulator \d+\.\d+\.\d+$/],
    ] as const) {
      const { status, stdout, stderr } = await runProgram('npx', [program, '--version'], environment, home);
      assert.equal(status, 0, stderr);
      assert.match(stdout.trim(), version);
    }

    const bin = join(home, 'node_modules/.bin');
    const keyFile = join(folder, 'key.json');
    await using emulator = new Installed(join(bin, 'alloydb-emulator'), ['--key-file', keyFile]);
    await emulator.said(/(Ctrl-C stops it)/);
    const endpoint = await emulator.said(/Admin API +(\S+)/);
    const user = await emulator.said(/port=5432 user=(\S+@\S+) dbname/);
    const instance = await emulator.said(/Instance +(\S+)/);
    const flags = ['--credentials-file', keyFile, '--alloydbadmin-api-endpoint', endpoint, '--port', '0', '-i'];
    await using proxy = new Installed(join(bin, 'alloydb-auth-proxy'), [...flags, instance]);
    await proxy.said(/(ready for new connections)/);
    const port = Number(await proxy.said(/Listening on 127\.0\.0\.1:(\d+)/));
    assert.equal(await queryWithPg({ port, user }, 'select current_user'), user);
  });
});
