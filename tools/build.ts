// Compiles the packages to dist/: ES modules with declarations, in the order of their dependencies.

import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, rmSync } from 'node:fs';

for (const name of ['connector', 'emulator', 'proxy']) {
  rmSync(`packages/${name}/dist`, { recursive: true, force: true });
  const { status } = spawnSync('tsc', ['-p', `packages/${name}/tsconfig.build.json`], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(1);
  // The compiler leaves the files of the status page where they are.
  const assets = 'http/status-page/assets';
  if (name === 'proxy') cpSync(`packages/proxy/src/${assets}`, `packages/proxy/dist/${assets}`, { recursive: true });
  // npm packs what lies beside the manifest.
  copyFileSync('LICENSE', `packages/${name}/LICENSE`);
}
