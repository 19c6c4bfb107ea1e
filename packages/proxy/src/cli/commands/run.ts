// `run`: serves one command for as long as it lives.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { databaseUserOf } from 'alloydb-connector';
import type { ProxyConfig } from '../../config/config.ts';
import { readConfiguration } from '../../config/configuration.ts';
import { readFileLayer } from '../../config/file-layer.ts';
import { refuseUnavailable } from '../../config/unheeded.ts';
import { EventStream } from '../../observability/event-stream.ts';
import type { BoundPlace } from '../../proxy/listen.ts';
import type { Proxy } from '../../proxy/proxy.ts';
import { ProgramLog } from '../../program-log.ts';
import { serve } from '../../serve.ts';
import { Stops, stopAtUnhandledErrors, stopSignals } from '../../stops.ts';
import { isAtTerminal } from '../../terminal.ts';
import type { CommandContext } from '../command.ts';
import { environmentName, FLAGS } from '../flags.ts';
import { reportStartupError } from '../messages.ts';
import { type ParsedArgs, parseArgs } from '../parse-args.ts';
import { UsageError } from '../usage-error.ts';

/** How the command ended, as an exit code. */
type Outcome = { readonly code: number; readonly error?: UsageError };

// As shells have it.
const notExecutable = 126;
const notFound = 127;

export async function runRun({ argv, env, sinks: { err } }: CommandContext): Promise<number> {
  const { command, args } = split(parseArgs(FLAGS, argv));
  const file = await readFileLayer(args, env);
  const { config, merged, notices } = readConfiguration({ args, env, file });
  refuseUnavailable(merged);
  // Standard output belongs to the command.
  if (config.events?.descriptor === 1) {
    throw new UsageError('run cannot write events to standard output: it is for the command', {
      hint: 'use --events json:3 and open that descriptor',
    });
  }
  await using events = config.events === undefined ? undefined : new EventStream(config.events.descriptor);
  const sinks = { out: err, err, onLost: () => undefined };
  await using log = new ProgramLog(config.log, sinks);
  const { logger } = log;
  const stops = new Stops();
  stopAtUnhandledErrors(stops, logger);
  let outcome: Promise<Outcome> | undefined;
  const child = new CommandSignals(stops);
  const stop = await serve({
    // It ends with the command, and with nothing else.
    config: { ...config, shutdown: { ...config.shutdown, minDelayMs: 0, maxDelayMs: 0, idleExitMs: 0 } },
    notices,
    env,
    logger,
    stops,
    onReady: ({ proxy }) => {
      outcome = child.run(command, { ...withoutSecrets(env), ...clientVariables(proxy, config, env) });
      void outcome.then(() => stops.askOnce({ by: 'command' }));
    },
  });
  const end = (exitCode: number): number => {
    events?.stopped(exitCode);
    return exitCode;
  };
  if (outcome === undefined)
    return end(stop.by === 'error' || !(stop.by in constants.signals) ? 1 : signalCode(stop.by));
  child.end();
  const { code, error } = await outcome;
  if (error !== undefined) reportStartupError(error, { format: config.log.format, sinks });
  return end(stop.by === 'error' ? 1 : code);
}

/** `run INSTANCE_URI [flags] -- COMMAND…`: on a free port, unless the command line itself names one. */
function split(args: ParsedArgs<typeof FLAGS>) {
  const { given, positionals, beforeDashes, mistakes } = args;
  const command = positionals.slice(beforeDashes ?? positionals.length);
  const [program] = command;
  if (mistakes.length === 0 && program === undefined) {
    throw new UsageError('run needs a command', {
      hint: "write it behind '--': alloydb-auth-proxy run INSTANCE_URI -- psql",
    });
  }
  const port = given.port ?? { value: 0, source: { from: 'default' } as const };
  return {
    command,
    args: { mistakes, given: { ...given, port }, positionals: positionals.slice(0, beforeDashes) },
  };
}

/** The command gets a database; the credentials for it stay here. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const secrets = new Set(FLAGS.filter((row) => 'secret' in row).map(({ name }) => environmentName(name)));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secrets.has(name)));
}

/** What clients of PostgreSQL read, whatever language they are written in. */
function clientVariables(
  proxy: Proxy,
  { instances, localTls }: ProxyConfig,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const [place] = proxy.listening;
  const [instance] = instances;
  if (place === undefined || instance === undefined) return {};
  const principal = proxy.principal;
  const user = instance.autoIamAuthn && principal !== undefined ? { PGUSER: databaseUserOf(principal) } : {};
  return {
    ...(env['PGUSER'] === undefined ? user : {}),
    ...(localTls === undefined || place.kind === 'unix' ? { PGSSLMODE: 'disable' } : {}),
    ...addressVariables(place),
    // It would go before PGHOST.
    PGHOSTADDR: undefined,
  };
}

function addressVariables(place: BoundPlace): NodeJS.ProcessEnv {
  if (place.kind === 'unix') return { PGHOST: place.folder, PGPORT: '5432' };
  const anywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  return { PGHOST: anywhere[place.host] ?? place.host, PGPORT: String(place.port) };
}

function signalCode(signal: string): number {
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}

const unixSignals: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH'];
const typedSignals: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGBREAK', 'SIGQUIT', 'SIGWINCH']);

/** The command as a process, and the signals that are meant for it. */
class CommandSignals {
  readonly #stops: Stops;
  #kill: ((signal: NodeJS.Signals) => void) | undefined;

  /** Until the command runs, a signal is meant for the proxy. */
  constructor(stops: Stops) {
    this.#stops = stops;
    const signals = [...stopSignals.keys(), ...(process.platform === 'win32' ? [] : unixSignals)];
    for (const signal of signals) process.on(signal, () => this.#onSignal(signal));
  }

  /** The terminal is the command's. Resolves when it has ended. */
  run([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const child = spawn(program, args, { stdio: 'inherit', env });
    this.#kill = (signal) => child.kill(signal);
    child.once('error', (error) => resolve(cannotRun(program, error)));
    child.once('exit', (code, signal) => resolve({ code: signal === null ? (code ?? 0) : signalCode(signal) }));
    return promise;
  }

  /** Asks the command to end, if it has not yet. */
  end(): void {
    this.#kill?.('SIGTERM');
  }

  #onSignal(signal: NodeJS.Signals): void {
    if (this.#kill === undefined) {
      const by = stopSignals.get(signal);
      if (by !== undefined) this.#stops.ask({ by });
      return;
    }
    // What is typed at a terminal reaches the whole foreground group: the command has it already.
    const isTyped = typedSignals.has(signal);
    if (!(isTyped && isAtTerminal())) this.#kill(signal);
  }
}

function cannotRun(program: string, error: Error): Outcome {
  const missing = 'code' in error && error.code === 'ENOENT';
  const reason = missing ? 'command not found' : error.message;
  return {
    code: missing ? notFound : notExecutable,
    error: new UsageError(`cannot run "${program}": ${reason}`, {
      hint: missing
        ? 'give its whole path, or add its folder to PATH'
        : 'check that it is a program that this user may run',
    }),
  };
}
