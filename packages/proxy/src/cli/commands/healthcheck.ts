// `healthcheck`: what /readiness says, as an exit code, for containers that have neither a shell nor curl.

import { readEnvironment } from '../../config/environment.ts';
import { readFileLayer } from '../../config/file-layer.ts';
import { type Layer, mergeLayers } from '../../config/sources.ts';
import { ask, hostAndPort, inWords, type Reply } from '../../http/ask.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { HEALTHCHECK_FLAGS } from '../command-flags.ts';
import { type CommandArgs, readCommand } from '../read-command.ts';
import { UsageError } from '../usage-error.ts';

export async function runHealthcheck({ argv, env }: CommandContext): Promise<number> {
  const args = readCommand({ name: 'healthcheck', flags: HEALTHCHECK_FLAGS }, argv);
  const { timeout } = args.values;
  if (timeout === 0)
    throw new UsageError('--timeout 0 leaves no time to answer', { hint: 'write it like --timeout 3s' });
  const server = await findServer(args, env);
  if (server.port === 0) {
    const hint = 'give the proxy a port of its own with --http-port, or name the one it has picked here';
    throw new UsageError('cannot know the port of the HTTP server: --http-port is 0', { hint });
  }
  await checkReadiness({ ...server, timeoutMs: timeout });
  return 0;
}

export interface ReadinessOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Why host and port may be the wrong ones: told when nobody listens there. */
  readonly doubt?: UsageError | undefined;
}

/** @throws {CommandError | UsageError} unless the answer is 200. */
export async function checkReadiness({ doubt, ...options }: ReadinessOptions): Promise<void> {
  const reply = await ask({ method: 'GET', path: '/readiness', ...options });
  if (reply.is === 'answer' && reply.status === 200) return;
  if (reply.is === 'nobody' && doubt !== undefined) throw doubt;
  const where = hostAndPort(options.host, options.port);
  throw new CommandError(`the proxy at ${where} is not ready: ${inWords(reply)}`, { hint: hintFor(reply, where) });
}

function hintFor(reply: Reply, where: string): string {
  if (reply.is === 'nobody')
    return 'start the proxy with --health-check, on the --http-address and --http-port asked here';
  if (reply.is === 'answer' && reply.status === 503) return 'the log of the proxy says more';
  return `see whether it is a proxy with --health-check that listens on ${where}`;
}

/** What the proxy itself would read. The file is left alone where nothing depends on it. */
async function findServer(
  { given }: CommandArgs<typeof HEALTHCHECK_FLAGS>,
  env: NodeJS.ProcessEnv,
): Promise<Omit<ReadinessOptions, 'timeoutMs'>> {
  const environment = readEnvironment(env);
  // The proxy has the same environment, and has not started with a mistake in it.
  if (environment.mistakes[0] !== undefined) throw environment.mistakes[0];
  const near: readonly Layer[] = [{ settings: given, instances: [] }, environment];
  const { 'http-address': host, 'http-port': port } = mergeLayers(near).settings;
  if (host.source.from !== 'default' && port.source.from !== 'default') return { host: host.value, port: port.value };
  const file = await readFileLayer({ given }, env);
  // A mistake in the file is none of the check: the proxy may go on with what stood there before.
  const { settings } = mergeLayers(file === undefined ? near : [...near, file]);
  return { host: settings['http-address'].value, port: settings['http-port'].value, doubt: file?.mistakes[0] };
}
