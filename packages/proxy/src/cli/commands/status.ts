// `status`: what a proxy on this machine tells of itself, once or again and again.

import { setTimeout as delay } from 'node:timers/promises';
import { readSecret, type SecretPlace } from '../../http/admin-secret.ts';
import { ask, inWords, type Reply } from '../../http/ask.ts';
import type { StatusReport } from '../../http/status-report.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { STATUS_FLAGS } from '../command-flags.ts';
import { printText } from '../messages.ts';
import { readCommand } from '../read-command.ts';
import { statusText } from '../status-text.ts';

const timeoutMs = 10_000;
const everyMs = 1_000;
// A thousand sessions take a quarter of this.
const mostCharacters = 4_000_000;

export async function runStatus({ argv, env, sinks }: CommandContext): Promise<number> {
  const { values } = readCommand({ name: 'status', flags: STATUS_FLAGS }, argv);
  const { 'admin-port': port, format, watch } = values;
  if (values.url) {
    printText(await pageUrl({ port, env }), sinks.out);
    return 0;
  }
  const interrupted = new AbortController();
  if (watch) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const clear = watch && format === 'text' && process.stdout.isTTY ? '\u001b[H\u001b[2J' : '';
  for (;;) {
    const report = await askForStatus({ port, timeoutMs });
    const json = (): string => JSON.stringify(report, undefined, watch ? undefined : 2);
    printText(clear + (format === 'json' ? json() : statusText(report)), sinks.out);
    if (watch) await delay(everyMs, undefined, { signal: interrupted.signal }).catch(() => undefined);
    if (!watch || interrupted.signal.aborted) return 0;
  }
}

/** Behind the # the secret reaches the page, and no server, log or Referer. */
async function pageUrl(place: SecretPlace): Promise<string> {
  const secret = await readSecret(place);
  if (secret !== undefined) return `http://localhost:${place.port}/#${secret}`;
  throw new CommandError(`cannot read the secret of a proxy at localhost:${place.port}: there is none of this user`, {
    hint: 'start the proxy with --status-page, name its --admin-port here, and ask as the user that it runs as',
  });
}

/** @throws {CommandError} when there is no proxy that tells. */
export async function askForStatus(options: {
  readonly port: number;
  readonly timeoutMs: number;
}): Promise<StatusReport> {
  const { port } = options;
  const reply = await ask({ method: 'GET', host: 'localhost', path: '/status.json', mostCharacters, ...options });
  const report = reportIn(reply);
  if (report !== undefined) return report;
  const hint =
    reply.is === 'nobody'
      ? 'start the proxy with --status-page or --debug, and name its --admin-port here'
      : `see whether it is the admin server of a proxy that listens on localhost:${port}`;
  const reason = reply.is === 'answer' ? `HTTP ${reply.status} without a status` : inWords(reply);
  throw new CommandError(`cannot ask the proxy at localhost:${port} for its status: ${reason}`, { hint });
}

/** Undefined for what something else has answered. */
function reportIn(reply: Reply): StatusReport | undefined {
  if (reply.is !== 'answer' || reply.status !== 200) return undefined;
  try {
    const found: unknown = JSON.parse(reply.text);
    const isReport = typeof found === 'object' && found !== null && 'instances' in found && 'sessions' in found;
    return isReport ? (found as StatusReport) : undefined;
  } catch {
    return undefined;
  }
}
