// `shutdown`: asks the proxy on this machine to end, through its admin server. Reads no environment.

import { ask, inWords } from '../../http/ask.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { SHUTDOWN_FLAGS } from '../command-flags.ts';
import { readCommand } from '../read-command.ts';

/** The proxy answers before it begins to drain. */
const timeoutMs = 10_000;

export async function runShutdown({ argv }: CommandContext): Promise<number> {
  const { values } = readCommand({ name: 'shutdown', flags: SHUTDOWN_FLAGS }, argv);
  await askToEnd({ port: values['admin-port'], timeoutMs });
  return 0;
}

/** @throws {CommandError} when the request was not accepted. */
export async function askToEnd(options: { readonly port: number; readonly timeoutMs: number }): Promise<void> {
  const { port } = options;
  const reply = await ask({ method: 'POST', host: 'localhost', path: '/quitquitquit', ...options });
  if (reply.is === 'answer' && reply.status === 200) return;
  const hint =
    reply.is === 'nobody'
      ? 'start the proxy with --quitquitquit, and name its --admin-port here'
      : `see whether it is a proxy with --quitquitquit that listens on localhost:${port}`;
  throw new CommandError(`cannot end the proxy at localhost:${port}: ${inWords(reply)}`, { hint });
}
