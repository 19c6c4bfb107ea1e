// Shows a plan, and finds out whether it may be carried out.

import type { Ask } from '../cli/ask.ts';
import { CommandError } from '../cli/command-error.ts';
import type { SetupOutput, Shown } from './output.ts';

export interface Consent {
  readonly output: SetupOutput;
  readonly ask: Ask | undefined;
  readonly isDryRun: boolean;
  readonly isAgreed: boolean;
  readonly signal: AbortSignal;
}

/**
 * Resolves with whether to go on; if not, the output has its end.
 *
 * @throws {CommandError} when somebody says no, or nobody can be asked.
 */
export async function mayGoOn(plan: Shown, { output, ask, isDryRun, isAgreed, signal }: Consent): Promise<boolean> {
  output.show(plan);
  if (plan.steps.length === 0) {
    output.end('unchanged');
    return false;
  }
  if (isDryRun) {
    output.end('planned');
    return false;
  }
  if (isAgreed) return true;
  if (ask === undefined) {
    throw new CommandError('this changes the project, and there is no terminal to ask on: nothing has been changed', {
      hint: 'do it without a question with --yes',
    });
  }
  if (await ask('Go on?', signal)) return true;
  throw new CommandError('nothing has been changed', { hint: 'the same with --dry-run only shows it' });
}
