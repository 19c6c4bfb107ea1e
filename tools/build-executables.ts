// Builds the standalone executables with checksums and a bill of materials: `build-executables [--target NAME[,NAME…]]`.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { obsolete } from './executables/obsolete.ts';
import { installedBun, isNative, runtimeFor } from './executables/runtimes.ts';
import { executableSbom } from './executables/sbom.ts';
import { chooseTargets, executableName, isWindows, type Target } from './executables/targets.ts';

const out = 'dist-executables';
const runtimes = { cache: 'node_modules/.cache/bun-runtimes', lockFile: 'package-lock.json' };

// What the folder where somebody starts the proxy happens to hold (.env, bunfig.toml) is none of its business.
const settings = ['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'];
// Bytecode starts in a third of the time for 4 MB more; splitting keeps what is imported on demand from being loaded.
const speed = ['--bytecode', '--format=esm', '--splitting'];

// What a release knows and a clone does not: docs/updates.md.
const constants = ['ALLOYDB_RELEASE_FEED', 'ALLOYDB_RELEASE_PUBLIC_KEY'].flatMap((name) => {
  const value = process.env[name];
  return value === undefined || value === '' ? [] : [`--define=${name}=${JSON.stringify(value)}`];
});

const problems: string[] = [];
const targets = chosen();
// What was built before for other targets stays, but nothing that a release would take for its own.
mkdirSync(out, { recursive: true });
for (const name of obsolete(readdirSync(out), targets)) rmSync(join(out, name), { recursive: true, force: true });
for (const target of targets) {
  const began = Date.now();
  try {
    build(target);
    print(`built ${join(out, executableName(target))} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    problems.push(`${target.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
writeFileSync(join(out, 'alloydb-auth-proxy.cdx.json'), executableSbom());
writeFileSync(join(out, 'SHA256SUMS'), checksums());
if (problems.length > 0) fail(problems.map((problem) => `not built: ${problem}`).join('\n'));

function chosen(): readonly Target[] {
  try {
    return chooseTargets(process.argv.slice(2));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function build(target: Target): void {
  const outfile = join(out, executableName(target));
  const args = ['build', '--compile', '--conditions=alloydb-source', ...settings, ...speed, ...constants];
  args.push(`--target=${target.bunTarget}`, `--compile-executable-path=${runtimeFor(target, runtimes)}`);
  const built = spawnSync(installedBun, [...args, ...entryPoints(target), '--outfile', outfile], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`bun build failed: ${built.stderr || String(built.error)}`);
  if (!isNative(target)) return;
  const { status, stderr } = spawnSync(outfile, ['--version'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${outfile} --version exits with ${status}: ${stderr}`);
}

/** The program, and where it is a service by itself also the thread that it gives to Windows. */
function entryPoints(target: Target): readonly string[] {
  const program = 'packages/proxy/src/main.ts';
  return isWindows(target) ? [program, 'packages/proxy/src/service/windows-dispatcher.ts'] : [program];
}

/** In the form of `sha256sum`, so that `sha256sum --check SHA256SUMS` says whether a download is whole. */
function checksums(): string {
  return readdirSync(out)
    .toSorted()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(out, name)))
          .digest('hex')}  ${name}\n`,
    )
    .join('');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
