// The package alloydb-connector as it is published: packed, checked, installed into an empty folder and used from there.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  installPackages,
  type PackedPackage,
  packPackages,
  run,
  skipWithoutNpm,
  strangersAmong,
} from './support/packed-package.ts';
import { setUp } from './support/setting.ts';

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
}

suite('alloydb-connector as a package', { skip: skipWithoutNpm }, () => {
  let folder: string;
  let packed: PackedPackage;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alloydb-package-'));
    ({ connector: packed } = await packPackages(folder));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  test('npm pack takes the sources and what is built from them, and no test', () => {
    for (const path of ['dist/index.js', 'dist/index.d.ts', 'src/index.ts', 'LICENSE']) {
      assert.ok(packed.files.includes(path), path);
    }
    assert.deepEqual(strangersAmong(packed.files), []);
  });

  test('publint finds nothing to say', async () => {
    await run('publint', 'run', packed.tarball, '--strict');
  });

  test('attw resolves the types for ES modules', async () => {
    await run('attw', packed.tarball, '--profile', 'esm-only', '--no-color');
  });

  test('The installed package connects from an ES module and from CommonJS, and brings only what it must', async (t) => {
    const home = join(folder, 'app');
    const obstacle = await installPackages([packed.tarball], home);
    if (obstacle !== undefined) {
      t.skip(obstacle);
      return;
    }

    const { packages } = JSON.parse(await readFile(join(home, 'package-lock.json'), 'utf8')) as {
      packages: Readonly<Record<string, LockedPackage>>;
    };
    assert.deepEqual(Object.keys(packages['node_modules/alloydb-connector']?.dependencies ?? {}).toSorted(), [
      'google-auth-library',
    ]);
    assert.deepEqual(
      Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript),
      [],
    );

    await using setting = await setUp();
    const settings = {
      credentials: { kind: 'file', path: setting.keyFile },
      adminApiEndpoint: setting.emulator.apiEndpoint,
    };
    const program = `
      const connector = new Connector(${JSON.stringify(settings)});
      connector.dial(${JSON.stringify(setting.instance)}).then(({ socket, address }) => {
        process.stdout.write('connected to ' + address);
        socket.destroy();
        connector.close();
      });`;
    await writeFile(join(home, 'app.mjs'), `import { Connector } from 'alloydb-connector';${program}`);
    await writeFile(join(home, 'app.cjs'), `const { Connector } = require('alloydb-connector');${program}`);
    for (const file of ['app.mjs', 'app.cjs']) {
      const { stdout, stderr } = await run(process.execPath, join(home, file));
      assert.match(stdout, /^connected to 127\.\S+:5433$/, file);
      assert.equal(stderr, '', file);
    }
  });
});
