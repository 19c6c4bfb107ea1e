// The executable that this program may replace: the standalone one, and nothing that somebody else has installed.

import { CommandError } from '../cli/command-error.ts';
import { type Installation, updateCommandFor } from './installation.ts';

/** Its path. @throws {CommandError} for every other way of installing, with what to run there. */
export function replaceableProgram(installation: Installation): string {
  if (installation.by === 'executable') return installation.path;
  const reason = {
    npm: 'it was installed by npm, which has to update it',
    container: 'it runs in a container, which is made anew from a newer image',
    clone: 'it runs from its sources',
  }[installation.by];
  throw new CommandError(`cannot update this program: ${reason}`, { hint: `run ${updateCommandFor(installation)}` });
}
