// The proxy as a program: signals end it or let it read its configuration again, and its exit code says what ended it.

import type { Request } from './cli/program.ts';
import { FileWatch } from './config/watch-file.ts';
import { EventStream } from './observability/event-stream.ts';
import { onlyStandardError, type StdioSinks } from './observability/stdio.ts';
import { ProgramLog } from './program-log.ts';
import type { ConnectorSetting } from './proxy/connector-options.ts';
import { PendingReloads, Reloader } from './reload.ts';
import type { ServiceHost } from './service/service-host.ts';
import { type Running, serve } from './serve.ts';
import { type Stop, Stops, stopAtSignals, stopAtUnhandledErrors } from './stops.ts';
import { hasTerminal, isAtTerminal } from './terminal.ts';

export type StartRequest = Extract<Request, { kind: 'start' }>;

export interface StartProgramOptions extends Pick<ConnectorSetting, 'refresh'> {
  readonly sinks: StdioSinks;
  readonly env: NodeJS.ProcessEnv;
  /** Reads arguments, environment and config file again; rejects for a mistake in them. */
  readonly reread: () => Promise<StartRequest>;
  /** What runs it as a service; undefined for a program that signals are sent to. */
  readonly service?: ServiceHost | undefined;
}

// A shell reports a process that a signal ended as 128 and the signal's number; the official proxy exits so by itself.
const exitCodes: { readonly [By in Stop['by']]: number } = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
  quitquitquit: 0,
  command: 0,
  'idle-exit': 0,
  service: 0,
  error: 1,
};

/** Resolves with the exit code. */
export async function startProgram(request: StartRequest, options: StartProgramOptions): Promise<number> {
  const { sinks, env, reread, service, ...setting } = options;
  let current = request;
  const { events: eventsConfig } = request.config;
  await using events = eventsConfig === undefined ? undefined : new EventStream(eventsConfig.descriptor);
  const logSinks = eventsConfig?.descriptor === 1 ? onlyStandardError(sinks) : sinks;
  await using log = new ProgramLog(current.config.log, logSinks);
  const { logger } = log;
  const stops = new Stops();
  stopAtSignals(stops);
  stopAtUnhandledErrors(stops, logger);
  using undo = new DisposableStack();
  const reloads = new PendingReloads();
  undo.defer(() => reloads.close());
  service?.listen({
    stop: () => stops.ask({ by: 'service' }),
    reload: () => reloads.ask('the service manager says so'),
  });
  void stops.first.then(() => service?.stopping());
  const wasAtTerminal = isAtTerminal();
  // From the start on, when there is nothing yet that could be reloaded: unheard, the signal would end the process.
  onHangUp(() => {
    if (wasAtTerminal && !hasTerminal()) stops.ask({ by: 'SIGHUP' });
    else reloads.ask('SIGHUP received');
  }, undo);
  const { config, notices, configFile } = request;
  if (configFile !== undefined) {
    const watch = new FileWatch(configFile, { onChange: () => reloads.ask(`${configFile} has changed`) });
    undo.defer(() => watch.close());
  }
  void stops.first.then(() => reloads.close());
  const onReady = ({ supervision, reload }: Running): void => {
    const apply = async (next: StartRequest): Promise<void> => {
      await reload(next.config);
      await log.use(next.config.log);
      current = next;
    };
    service?.running();
    reloads.serve(new Reloader({ read: reread, apply, logger, onChange: (state) => void supervision[state]() }));
  };
  const onReload = (): void => reloads.ask('/reload was asked for');
  const serving = serve({ config, notices, env, logger, stops, onReady, onReload, ...setting });
  serving.catch((error: unknown) => events?.failed(error));
  const stop = await serving;
  const exitCode = stop.by === 'SIGTERM' && current.config.shutdown.exitZero ? 0 : exitCodes[stop.by];
  events?.stopped(exitCode);
  return exitCode;
}

/** On Windows the signal stands for a console window that was closed, and ends the process as it should. */
function onHangUp(listener: () => void, undo: DisposableStack): void {
  if (process.platform === 'win32') return;
  process.on('SIGHUP', listener);
  undo.defer(() => process.off('SIGHUP', listener));
}
