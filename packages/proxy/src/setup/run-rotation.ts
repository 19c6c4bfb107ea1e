// Exchanges a key: look, refuse what cannot be, ask, carry out.

import type { ConnectorOptions } from 'alloydb-connector';
import { GoogleApis } from 'alloydb-connector/google-apis';
import { CommandError } from '../cli/command-error.ts';
import { mayGoOn } from './consent.ts';
import { accountsOf, readKeyInUse, rotateKey, rotatingPermissions, rotationCommands } from './rotate-key.ts';
import { asWhom, type SetupSeams } from './run-account-task.ts';
import type { SetupTask, SetupWords } from './setup-words.ts';
import type { Step } from './step.ts';

type RotationTask = Extract<SetupTask, { is: 'rotate' }>;

const scope = 'https://www.googleapis.com/auth/cloud-platform';

/** @throws {CommandError} */
export async function runRotation(task: RotationTask, words: SetupWords, seams: SetupSeams): Promise<void> {
  const { apis, env, output, pause, signal } = seams;
  const key = await readKeyInUse(task.keyFile);
  const { email, id, path } = key;
  const accounts = accountsOf({ apis, key, pause, signal });
  const granted = await accounts.testPermissions(rotatingPermissions);
  const missing = rotatingPermissions.filter((permission) => !granted.includes(permission));
  if (missing.length > 0) {
    output.commands(missing, rotationCommands(key));
    output.end('denied');
    throw new CommandError(
      `${apis.principal() ?? 'the caller'} may not exchange keys of ${email}: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; nothing has been changed`,
      { hint: 'hand the lines above to somebody who may (roles/iam.serviceAccountKeyAdmin)' },
    );
  }
  output.warn(
    `copies of the key ${id} on other machines stop working; a proxy that reads this file takes the new one by itself`,
  );
  const steps: readonly Step[] = [{ do: 'exchange-key', account: email, path, old: id }];
  const title = `rotate the key in ${path}${asWhom(apis)}`;
  if (
    !(await mayGoOn({ subject: { account: email, keyFile: path }, title, steps, kept: [] }, { ...words, ...seams }))
  ) {
    return;
  }
  try {
    const prove = (json: string, ending: AbortSignal): Promise<unknown> =>
      tokenOf({ credentials: { kind: 'json', json }, env }, ending);
    const keyId = await rotateKey({ apis, key, pause, signal, prove, onWarning: output.warn.bind(output) });
    output.done({ do: 'exchange-key', account: email, path, old: id, keyId });
  } catch (error) {
    output.end('failed');
    throw error;
  }
  output.end('done');
}

/** Anew for each attempt: nothing of a refusal is remembered. */
async function tokenOf(options: ConnectorOptions, signal: AbortSignal): Promise<unknown> {
  using apis = new GoogleApis(options);
  // Awaited here: to leave the function is to close them.
  return await apis.token(scope, signal);
}
