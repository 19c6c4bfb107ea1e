// The proxy as a program: signals and unhandled errors end it, and its exit code says what did.

import type { Request } from './cli/program.ts';
import { createLogger } from './observability/logger.ts';
import type { StdioSinks } from './observability/stdio.ts';
import type { ConnectorSetting } from './proxy/connector-options.ts';
import { serve } from './serve.ts';
import { type Stop, Stops, stopAtSignals, stopAtUnhandledErrors } from './stops.ts';

export interface StartProgramOptions extends Omit<ConnectorSetting, 'userAgent'> {
  readonly sinks: StdioSinks;
  readonly env: NodeJS.ProcessEnv;
}

// A shell reports a process that a signal ended as 128 and the signal's number; the official proxy exits so by itself.
const exitCodes: { readonly [By in Stop['by']]: number } = {
  SIGINT: 130,
  SIGTERM: 143,
  quitquitquit: 0,
  command: 0,
  error: 1,
};

/** Resolves with the exit code. */
export async function startProgram(
  { config, notices }: Extract<Request, { kind: 'start' }>,
  { sinks, env, ...setting }: StartProgramOptions,
): Promise<number> {
  const logger = createLogger({ ...config.log, sinks });
  sinks.onLost = (count) => logger.warn(`${count} log lines were lost: nobody read them in time`);
  const stops = new Stops();
  stopAtSignals(stops);
  stopAtUnhandledErrors(stops, logger);
  const stop = await serve({ config, notices, env, logger, stops, ...setting });
  return stop.by === 'SIGTERM' && config.shutdown.exitZero ? 0 : exitCodes[stop.by];
}
