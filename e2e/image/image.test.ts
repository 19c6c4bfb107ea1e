// The container images: built as the Dockerfile says, looked into, and started as their own user in front of the emulator.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { queryWithPg } from '../support/clients.ts';
import { freePorts } from '../support/free-ports.ts';
import { iamUser, setUp } from '../support/setting.ts';
import { runProgram } from '../support/tools.ts';
import { Buildah, skipUnlessBuildable } from './buildah.ts';

const uid = 65_532;
const program = '/alloydb-auth-proxy';
const variants = [
  { target: 'minimal', metadata: 'container' },
  { target: 'debian', metadata: 'container.debian' },
] as const;

// What must not be found again, wherever it may come from: the environment of whoever builds.
const canary = 'a-secret-of-the-builder';

/** The process of the host that runs the program with this argument. */
function pidOf(argument: string): number {
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && runs(name, argument));
  return Number(found[0] ?? assert.fail(`no process of ${program} with ${argument}`));
}

function runs(pid: string, argument: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return readlinkSync(`/proc/${pid}/exe`).endsWith(program) && words.includes(argument);
  } catch {
    return false;
  }
}

/** Files of all layers that have been pushed to a folder. */
function filesIn(pushed: string): readonly string[] {
  const layers = globSync(join(pushed, '*')).filter((file) => spawnSync('tar', ['-tf', file]).status === 0);
  assert.ok(layers.length > 0);
  return layers.flatMap((layer) => spawnSync('tar', ['-tf', layer], { encoding: 'utf8' }).stdout.trim().split('\n'));
}

suite('The container images', { skip: skipUnlessBuildable() }, () => {
  let buildah: Buildah;
  let obstacle: string | undefined;

  before(async () => {
    buildah = new Buildah(await mkdtemp(join(tmpdir(), 'alloydb-image-')));
    const native = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';
    const build = await runProgram(process.execPath, ['tools/build-executables.ts', '--target', native], process.env);
    assert.equal(build.status, 0, build.stdout + build.stderr);
    const [, base = ''] = /^FROM (\S+)/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    if (!(await buildah.makeBase(base))) obstacle = "Debian's packages cannot be reached";
    process.env['BUILDER_SECRET'] = canary;
    const args = { TARGETARCH: process.arch === 'arm64' ? 'arm64' : 'amd64', VERSION: '1.2.3', REVISION: 'abc' };
    if (obstacle === undefined) for (const { target } of variants) await buildah.build(target, args);
  });

  after(() => buildah[Symbol.asyncDispose]());

  for (const { target, metadata } of variants) {
    test(`The image "${target}" runs the program as uid 65532 and checks its health`, async (t) => {
      if (obstacle !== undefined) return t.skip(obstacle);
      const config = await buildah.config(target);
      assert.equal(config.User, `${uid}:${uid}`);
      assert.deepEqual(config.Entrypoint, [program]);
      assert.deepEqual(config.Healthcheck.Test, ['CMD', program, 'healthcheck']);
      assert.ok(config.Env.includes(`ALLOYDB_PROXY_METADATA=${metadata}`));
      assert.equal(config.Labels['org.opencontainers.image.version'], '1.2.3');
      assert.equal(config.Labels['org.opencontainers.image.revision'], 'abc');
    });

    test(`A client connects through the image "${target}", which says that it is healthy`, async (t) => {
      if (obstacle !== undefined) return t.skip(obstacle);
      await using setting = await setUp();
      await chmod(setting.folder, 0o755);
      await chmod(setting.keyFile, 0o644);
      const container = await buildah.container(target);
      const [port, health] = [await freePorts(1), await freePorts(1)];
      const flags = [...setting.flags.slice(0, -2), '--port', `${port}`, '--http-port', `${health}`, '-i'];
      const proxy = container.start(setting.folder, program, ...flags, setting.instance);
      const ended = once(proxy, 'close');
      let output = '';
      for (const stream of [proxy.stdout, proxy.stderr])
        stream?.on('data', (chunk: Buffer) => (output += String(chunk)));
      while (!output.includes('ready for new connections')) {
        await Promise.race([once(proxy.stdout ?? proxy, 'data'), ended.then(() => assert.fail(output))]);
      }
      assert.equal(await queryWithPg({ port, user: iamUser }, 'select current_user'), iamUser);
      const pid = pidOf(`${port}`);
      assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), new RegExp(`^Uid:(\\s+${uid}){4}$`, 'm'));
      const healthy = await container.end(program, 'healthcheck', '--http-port', `${health}`);
      assert.equal(healthy.status, 0, healthy.stderr);
      const agents = setting.emulator.statistics().apiCallLog.map(({ userAgent = '' }) => userAgent);
      assert.ok(agents[0]?.endsWith(`+${metadata}`), `the User-Agent names the image: ${agents.join()}`);
      process.kill(pid, 'SIGTERM');
      await ended;
      assert.match(output, /SIGTERM signal received/);
      assert.notEqual((await container.end(program, 'healthcheck', '--http-port', `${health}`)).status, 0);
    });

    test(`The image "${target}" ${target === 'minimal' ? 'has no shell' : 'has a shell'}`, async (t) => {
      if (obstacle !== undefined) return t.skip(obstacle);
      const container = await buildah.container(target);
      const shell = await container.end('/bin/sh', '-c', 'id -u');
      assert.equal(shell.stdout, target === 'minimal' ? '' : `${uid}\n`);
    });

    test(`The layers and the history of the image "${target}" hold nothing of whoever built it`, async (t) => {
      if (obstacle !== undefined) return t.skip(obstacle);
      const pushed = await buildah.push(target);
      for (const file of globSync(join(pushed, '*'))) {
        assert.ok(!readFileSync(file).includes(canary), `${file} holds the builder's environment`);
      }
      const files = filesIn(pushed);
      assert.deepEqual(
        files.filter((path) => /node_modules|\.git|\.ts$|key\.json|\.npmrc|\.env$/.test(path)),
        [],
      );
      if (target !== 'minimal') return;
      const known =
        /^(\.?\/?)((etc|home|tmp|lib|lib64|home\/nonroot|lib\/\S+-linux-gnu)\/?|etc\/(passwd|group|nsswitch\.conf)|lib\S*\/(lib(c|m|dl|pthread)|ld-linux-[\w-]+)\.so\.\d|alloydb-auth-proxy)?$/;
      assert.deepEqual(
        files.filter((path) => !known.test(path)),
        [],
      );
    });
  }
});
