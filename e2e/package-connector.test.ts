// The package alloydb-connector as it is published: packed, checked, installed into an empty folder and used from there.

import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setUp } from './support/setting.ts';
import { type ProgramEnd, runProgram } from './support/tools.ts';

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
}

const binaries = resolve('node_modules/.bin');
const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT|ENOTCACHED/;

/** What the npm around this test sets would send the npm inside it back to this repository. */
const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local_prefix|command)/.test(name)),
  ),
  PATH: `${binaries}:${process.env['PATH'] ?? ''}`,
};

async function run(program: string, ...args: readonly string[]): Promise<ProgramEnd> {
  const end = await runProgram(program, args, environment);
  assert.equal(end.status, 0, `${program} ${args.join(' ')}\n${end.stdout}${end.stderr}`);
  return end;
}

suite('alloydb-connector as a package', { skip: process.platform === 'win32' && 'npm is a script there' }, () => {
  let folder: string;
  let tarball: string;
  let packed: readonly string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alloydb-package-'));
    const source = join(folder, 'source');
    // Compiled beside the repository's own dist/, which other tests may be using.
    await cp('packages/connector/src', join(source, 'src'), { recursive: true });
    await cp('packages/connector/package.json', join(source, 'package.json'));
    await run('tsc', '-p', 'packages/connector/tsconfig.build.json', '--outDir', join(source, 'dist'));
    const { stdout } = await run('npm', 'pack', source, '--json', '--pack-destination', folder);
    const [report] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
    tarball = join(folder, report?.filename ?? assert.fail('npm packed nothing'));
    packed = report?.files.map(({ path }) => path) ?? [];
  });

  after(() => rm(folder, { recursive: true, force: true }));

  test('npm pack takes the sources and what is built from them, and no test', () => {
    assert.ok(
      packed.includes('dist/index.js') && packed.includes('dist/index.d.ts') && packed.includes('src/index.ts'),
    );
    assert.deepEqual(
      packed.filter(
        (path) => /\.test\./.test(path) || !/^(dist|src)\/|^(package\.json|README\.md|LICENSE)$/.test(path),
      ),
      [],
    );
  });

  test('publint finds nothing to say', async () => {
    await run('publint', 'run', tarball, '--strict');
  });

  test('attw resolves the types for ES modules', async () => {
    await run('attw', tarball, '--profile', 'esm-only', '--no-color');
  });

  test('The installed package connects from an ES module and from CommonJS, and brings only what it must', async (t) => {
    const home = join(folder, 'app');
    await mkdir(home);
    await writeFile(join(home, 'package.json'), '{ "name": "app", "private": true }');
    const install = ['install', tarball, '--prefix', home, '--prefer-offline', '--fetch-retries=0', '--no-audit'];
    const installed = await runProgram('npm', install, environment);
    if (installed.status !== 0 && unreachable.test(installed.stderr)) {
      t.skip('the package registry cannot be reached');
      return;
    }
    assert.equal(installed.status, 0, installed.stderr);

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
