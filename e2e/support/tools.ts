// Programs that a scenario uses where they are installed.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** For the `skip` of a test: false when the program is there, else the reason that is printed. */
export function skipUnlessInstalled(program: string): string | false {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
    ? false
    : `${program} is not installed`;
}

export interface ProgramEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end while this process goes on: the emulator that it talks to may live here. */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): Promise<ProgramEnd> {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: status as number | null, stdout, stderr };
}
