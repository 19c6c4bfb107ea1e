// What /readiness?verbose tells: each instance with its certificate, its last refresh and dial, its last error.

import { VERSION } from '../cli/version.ts';
import type { InstanceModel, Outcome } from '../observability/model/instance-model.ts';
import type { Problem } from '../observability/model/problem.ts';
import type { ProxyModel } from '../observability/model/proxy-model.ts';

export interface ReadinessReportOptions {
  readonly model: ProxyModel;
  /** Why the answer is no; undefined when it is yes. */
  readonly problem: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** From what is known already: nothing is asked of anybody. Addresses of clients are not in it: the port may be public. */
export function readinessReport({ model, problem, now }: ReadinessReportOptions): Readonly<Record<string, unknown>> {
  return {
    ready: problem === undefined,
    problem,
    state: model.state,
    version: VERSION,
    startedAt: timeOf(model.startedAt),
    instances: Array.from(model.instances.values(), (each) => instanceReport(each, model, now)),
  };
}

function instanceReport(instance: InstanceModel, model: ProxyModel, now: number): Readonly<Record<string, unknown>> {
  const { name, uri, place, certificateExpiresAt: expiresAt, lastRefresh, lastDial, lastError } = instance;
  return {
    instance: name,
    uri,
    listening: place,
    certificate:
      expiresAt === undefined
        ? undefined
        : { expiresAt: timeOf(expiresAt), secondsLeft: Math.floor((expiresAt - now) / 1_000) },
    lastRefresh: lastRefresh && outcomeReport(lastRefresh),
    lastDial: lastDial && outcomeReport(lastDial),
    lastError: lastError && problemReport(lastError),
    sessions: model.counts(name),
  };
}

function outcomeReport({ at, durationMs, problem }: Outcome): Readonly<Record<string, unknown>> {
  const error = problem === undefined ? undefined : { message: problem.message, code: problem.code };
  return { at: timeOf(at), succeeded: problem === undefined, durationMs: Math.round(durationMs), error };
}

function problemReport({ at, message, code, hint }: Problem): Readonly<Record<string, unknown>> {
  return { at: timeOf(at), message, code, hint };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
