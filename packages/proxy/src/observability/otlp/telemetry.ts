// What is sent by OTLP: to where the standard variables say, and to Google when a project is named.

import type { ConnectorOptions } from 'alloydb-connector';
import { emulatorHostVariable } from 'alloydb-connector/google-apis';
import type { TelemetryConfig } from '../../config/config.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { readOtelEnvironment } from './otel-environment.ts';
import type { OtlpTarget } from './target.ts';

export interface TelemetryOptions {
  /** Undefined when no project is named. */
  readonly config: TelemetryConfig | undefined;
  /** For the credentials with which to send to Google. */
  readonly connectorOptions: ConnectorOptions;
  /** Undefined when {@link sendsMetrics} says no. */
  readonly metrics: Metrics | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
}

/** Whether metrics are to be sent: what only traces are wanted for is not counted. */
export function sendsMetrics(config: TelemetryConfig | undefined, env: NodeJS.ProcessEnv): boolean {
  const isToGoogle = config?.metrics === true && !keepsFromGoogle(env);
  return isToGoogle || readOtelEnvironment(env).target?.metrics !== undefined;
}

function keepsFromGoogle(env: NodeJS.ProcessEnv): boolean {
  return (env[emulatorHostVariable] ?? '') !== '';
}

/**
 * Never fails for what the exports need: a proxy without telemetry is better than none.
 *
 * @throws {ConnectorError} when the credentials cannot be used.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<AsyncDisposable> {
  const { config, connectorOptions, env, logger } = options;
  await using started = new AsyncDisposableStack();
  const { target, notices } = readOtelEnvironment(env);
  for (const notice of notices) logger.warn(notice);
  const targets: OtlpTarget[] = target === undefined ? [] : [target];
  if (config !== undefined && keepsFromGoogle(env)) {
    logger.warn(
      `No telemetry is sent to project ${config.project}: ${emulatorHostVariable} keeps everything away from Google`,
    );
  } else if (config !== undefined) {
    const { GoogleTarget } = await import('./google-target.ts');
    targets.push(started.use(new GoogleTarget(config, { connectorOptions, logger })).target);
  }
  if (targets.length > 0) {
    const { OtlpExports } = await import('./otlp-exports.ts');
    started.use(new OtlpExports({ ...options, targets }));
  }
  return started.move();
}
