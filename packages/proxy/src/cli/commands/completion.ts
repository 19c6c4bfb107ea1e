// `completion`: prints the script for one shell.

import type { CommandContext } from '../command.ts';
import { HELP_ONLY } from '../command-flags.ts';
import { bashCompletion } from '../completion/bash.ts';
import { type Completable, completable } from '../completion/completable.ts';
import { fishCompletion } from '../completion/fish.ts';
import { powershellCompletion } from '../completion/powershell.ts';
import { SHELLS, type Shell } from '../completion/shells.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { printText } from '../messages.ts';
import { PROGRAM } from '../program-name.ts';
import { readCommand } from '../read-command.ts';
import { closest } from '../suggest.ts';
import { UsageError } from '../usage-error.ts';

const scripts: { readonly [Name in Shell]: (from: Completable) => string } = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
};

export async function runCompletion({ argv, sinks }: CommandContext): Promise<number> {
  const [word] = readCommand({ name: 'completion', flags: HELP_ONLY, atMost: 1 }, argv).words;
  printText(completionScript(readShell(word)), sinks.out);
  return 0;
}

export function completionScript(shell: Shell): string {
  return scripts[shell](completable());
}

function readShell(word: string | undefined): Shell {
  const shell = SHELLS.find((each) => each === word);
  if (shell !== undefined) return shell;
  if (word === undefined) {
    const hint = `write it like ${PROGRAM} completion bash; there are ${SHELLS.join(', ')}`;
    throw new UsageError('completion needs the name of a shell', { hint });
  }
  const near = closest(word, SHELLS);
  const hint = near === undefined ? `there are ${SHELLS.join(', ')}` : `did you mean "${near}"?`;
  throw new UsageError(`unknown shell "${word}"`, { hint });
}
