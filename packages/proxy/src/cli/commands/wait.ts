// `wait`: ends well once the proxy has started, and with the last reason when it has not in time. Reads no environment.

import { setTimeout as sleep } from 'node:timers/promises';
import { ask, hostAndPort, inWords, type Reply } from '../../http/ask.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { WAIT_FLAGS } from '../command-flags.ts';
import { readCommand } from '../read-command.ts';
import { UsageError } from '../usage-error.ts';
import { formatDuration } from '../values/duration.ts';

export interface WaitOptions {
  readonly host: string;
  readonly port: number;
  readonly maxMs: number;
  /** When the waiting began, on the clock of `performance.now`. */
  readonly beganMs: number;
  /** Between an answer and the next request. Default: 200 ms. */
  readonly pauseMs?: number;
  /** For one request. Default: five seconds, so that one that got lost is asked again. */
  readonly requestLimitMs?: number;
}

export async function runWait({ argv }: CommandContext): Promise<number> {
  const { values } = readCommand({ name: 'wait', flags: WAIT_FLAGS }, argv);
  if (values.max === 0) {
    throw new UsageError('--max 0 leaves no time to wait', { hint: 'write it like --max 30s' });
  }
  // The clock begins with the process, and whoever waits counts from there.
  await waitForStart({ host: values['http-address'], port: values['http-port'], maxMs: values.max, beganMs: 0 });
  return 0;
}

/**
 * Asks /startup until it says 200.
 *
 * @throws {CommandError} when it has not after `maxMs`.
 */
export async function waitForStart(options: WaitOptions): Promise<void> {
  const { host, port, maxMs, beganMs, pauseMs = 200, requestLimitMs = 5_000 } = options;
  const leftMs = (): number => beganMs + maxMs - performance.now();
  const where = hostAndPort(host, port);
  let last: Reply | undefined;
  while (leftMs() >= 1) {
    const timeoutMs = Math.min(requestLimitMs, leftMs());
    const reply = await ask({ method: 'GET', host, port, path: '/startup', timeoutMs });
    if (reply.is === 'answer' && reply.status === 200) return;
    // A request that the end of the time has cut short says less than the one before.
    if (reply.is !== 'silence' || timeoutMs === requestLimitMs || last === undefined) last = reply;
    await sleep(Math.max(0, Math.min(pauseMs, leftMs())));
  }
  if (last === undefined) {
    throw new CommandError(`the proxy at ${where} was not asked: the start of this program took longer than --max`, {
      hint: 'give it a second or more',
    });
  }
  const message = `the proxy at ${where} has not started within ${formatDuration(maxMs)}: ${inWords(last)}`;
  throw new CommandError(message, { hint: hintFor(last, where) });
}

function hintFor(last: Reply, where: string): string {
  if (last.is === 'nobody')
    return 'start the proxy with --health-check, on the --http-address and --http-port asked here';
  if (last.is === 'answer' && last.status === 503) return 'the log of the proxy says what it waits for';
  return `see whether it is a proxy with --health-check that listens on ${where}`;
}
