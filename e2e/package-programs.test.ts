// The packages alloydb-auth-proxy and alloydb-emulator as they are published: installed into an empty folder, started by name.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { answerWith } from '../packages/proxy/test/answering-server.ts';
import { queryWithPg } from './support/clients.ts';
import { InstalledProgram } from './support/installed-program.ts';
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
    await using registry = await answerWith((_request, response) => response.end('{"dist-tags":{"latest":"99.0.0"}}'));
    await writeFile(join(home, '.npmrc'), `registry=http://127.0.0.1:${registry.port}/\n`);
    const { npm_config_registry: _, ...asked } = environment;
    const update = await runProgram(join(bin, 'alloydb-auth-proxy'), ['update', 'check'], asked, home);
    assert.equal(update.status, 10, update.stderr);
    assert.match(update.stdout, /newest {3}99\.0\.0\n {2}update {3}npm install alloydb-auth-proxy@latest\n$/);
    assert.deepEqual(registry.requests, ['GET /alloydb-auth-proxy']);

    const keyFile = join(folder, 'key.json');
    await using emulator = new InstalledProgram(join(bin, 'alloydb-emulator'), ['--key-file', keyFile]);
    await emulator.said(/(Ctrl-C stops it)/);
    const endpoint = await emulator.said(/Admin API +(\S+)/);
    const user = await emulator.said(/port=5432 user=(\S+@\S+) dbname/);
    const instance = await emulator.said(/Instance +(\S+)/);
    const flags = ['--credentials-file', keyFile, '--alloydbadmin-api-endpoint', endpoint, '--port', '0', '-i'];
    await using proxy = new InstalledProgram(join(bin, 'alloydb-auth-proxy'), [...flags, instance]);
    await proxy.said(/(ready for new connections)/);
    const port = Number(await proxy.said(/Listening on 127\.0\.0\.1:(\d+)/));
    assert.equal(await queryWithPg({ port, user }, 'select current_user'), user);
  });
});
