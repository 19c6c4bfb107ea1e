// `version`: the same as --version.

import type { CommandContext } from '../command.ts';
import { printText } from '../messages.ts';
import { versionText } from '../version.ts';

export async function runVersion({ sinks }: CommandContext): Promise<number> {
  printText(versionText(), sinks.out);
  return 0;
}
