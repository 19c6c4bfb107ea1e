// Images without a container engine: buildah with its storage in a folder of the test, on a base that mmdebstrap makes.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProgramEnd, runProgram, skipUnlessInstalled } from '../support/tools.ts';

/** For the `skip` of a suite: why images cannot be built here, or false. */
export function skipUnlessBuildable(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'images are built by root on Linux';
  return skipUnlessInstalled('buildah') || skipUnlessInstalled('mmdebstrap') || skipUnlessInstalled('unshare');
}

export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

export class Buildah implements AsyncDisposable {
  readonly #folder: string;
  readonly #storage: readonly string[];

  constructor(folder: string) {
    this.#folder = folder;
    const storage = ['--storage-driver', 'vfs', '--root', join(folder, 'storage'), '--runroot', join(folder, 'run')];
    this.#storage = storage;
  }

  /** Makes the smallest Debian under the name that a Dockerfile builds on; false when Debian's packages are out of reach. */
  async makeBase(name: string): Promise<boolean> {
    const archive = join(this.#folder, 'base.tar');
    const [, release = ''] = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
    // From wherever this machine gets its packages.
    const sources = ['/etc/apt/sources.list', ...globSync('/etc/apt/sources.list.d/*')].filter((file) => hasText(file));
    const made = await runProgram('mmdebstrap', ['--variant=essential', release, archive, ...sources], process.env);
    if (made.status !== 0) {
      process.stderr.write(made.stderr);
      return false;
    }
    const container = (await this.run('from', 'scratch')).trim();
    await this.run('add', container, archive, '/');
    await this.run('commit', container, `docker.io/library/${name}`);
    await this.run('rm', container);
    await rm(archive);
    return true;
  }

  /** Builds a target of the Dockerfile as the release does. */
  async build(target: string, args: Readonly<Record<string, string>>): Promise<void> {
    const given = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    const how = ['--isolation', 'chroot', '--pull-never', '--format', 'docker', '--target', target, '--tag', target];
    await this.run('bud', ...how, ...given, '.');
  }

  async config(image: string): Promise<ImageConfig> {
    const { Docker } = JSON.parse(await this.run('inspect', '--type', 'image', image)) as {
      Docker: { config: ImageConfig };
    };
    return Docker.config;
  }

  /** What of an image leaves the machine: its manifest, its configuration with the history, its layers. */
  async push(image: string): Promise<string> {
    const folder = join(this.#folder, `pushed-${image}`);
    await this.run('push', '--disable-compression', image, `dir:${folder}`);
    return folder;
  }

  /** A container of an image, as its configuration says, with the host's network. */
  async container(image: string): Promise<Container> {
    return new Container(this.#storage, (await this.run('from', '--pull-never', `localhost/${image}`)).trim());
  }

  async run(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await runProgram('buildah', [...this.#storage, ...args], process.env);
    assert.equal(status, 0, `buildah ${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync('buildah', [...this.#storage, 'rm', '--all'], { stdio: 'ignore' });
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export class Container {
  readonly #storage: readonly string[];
  readonly #name: string;

  constructor(storage: readonly string[], name: string) {
    this.#storage = storage;
    this.#name = name;
  }

  /** Runs a program of the container to its end. */
  end(...command: readonly string[]): Promise<ProgramEnd> {
    return runProgram('buildah', this.#command([], command), process.env);
  }

  /** Starts a program that stays, with a folder of the host to read from. */
  start(folder: string, ...command: readonly string[]): ChildProcess {
    const mount = ['--volume', `${folder}:${folder}:ro`];
    return spawn('buildah', this.#command(mount, command), { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  #command(options: readonly string[], command: readonly string[]): readonly string[] {
    return [...this.#storage, 'run', '--isolation', 'chroot', ...options, this.#name, '--', ...command];
  }
}

function hasText(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').trim() !== '';
}
