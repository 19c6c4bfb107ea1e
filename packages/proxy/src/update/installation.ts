// How this program came onto the machine, and with it who has to update it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROGRAM } from '../cli/program-name.ts';

export type Installation =
  /** A file of its own at that path. */
  | { readonly by: 'executable'; readonly path: string }
  | { readonly by: 'npm'; readonly as: 'global' | 'project' | 'npx' }
  | { readonly by: 'container' }
  /** Run from its sources. */
  | { readonly by: 'clone' };

export interface RunningProgram {
  readonly env: NodeJS.ProcessEnv;
  /** As `process.execPath`. */
  readonly execPath: string;
  /** As `process.argv[1]`. */
  readonly script: string | undefined;
  /** Path of one of its own modules, with all links resolved. */
  readonly modulePath: string;
}

export function findInstallation({ env, execPath, script, modulePath }: RunningProgram): Installation {
  // Images set it; an executable in a container cannot outlive the container with what it has become.
  if (/^container\b/.test(env['ALLOYDB_PROXY_METADATA'] ?? '')) return { by: 'container' };
  // Where Bun keeps the script inside an executable, on POSIX and on Windows.
  if (/^(?:\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/.test(script ?? '')) return { by: 'executable', path: execPath };
  const [, root] = /^(.*?)[\\/]node_modules[\\/]/.exec(modulePath) ?? [];
  if (root === undefined) return { by: 'clone' };
  if (/[\\/]_npx[\\/]/.test(root)) return { by: 'npm', as: 'npx' };
  return { by: 'npm', as: existsSync(join(root, 'package.json')) ? 'project' : 'global' };
}

/** That of this process. */
export function ownInstallation(env: NodeJS.ProcessEnv): Installation {
  const { execPath, argv } = process;
  return findInstallation({ env, execPath, script: argv[1], modulePath: fileURLToPath(import.meta.url) });
}

/** The command that makes it the newest version, for pasting. */
export function updateCommandFor(installation: Installation): string {
  switch (installation.by) {
    case 'executable':
      return `${PROGRAM} update apply`;
    case 'npm': {
      const verb = { global: 'npm install --global', project: 'npm install', npx: 'npx' }[installation.as];
      return `${verb} ${PROGRAM}@latest`;
    }
    case 'container':
      return 'docker pull HOST/NAME:TAG';
    case 'clone':
      return 'git pull && npm ci';
  }
}
