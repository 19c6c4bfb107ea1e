// What /status.json tells: instances, sessions with their bytes, last errors.

import { VERSION } from '../cli/version.ts';
import type { InstanceModel } from '../observability/model/instance-model.ts';
import type { ProxyModel } from '../observability/model/proxy-model.ts';
import { type SessionModel, type SessionState, trafficOf } from '../observability/model/session-model.ts';
import type { BoundPlace } from '../proxy/listen.ts';
import type { LifecycleState } from '../proxy/lifecycle.ts';

/** Times are in milliseconds since the epoch. Members without a value are left out of the JSON. */
export interface StatusReport {
  readonly version: string;
  /** A version that is out, when the daily check knows of one. */
  readonly newerVersion: string | undefined;
  readonly pid: number;
  readonly state: LifecycleState;
  readonly now: number;
  readonly startedAt: number;
  readonly instances: readonly InstanceStatus[];
  readonly sessions: readonly SessionStatus[];
  /** Those that are not listed: there are too many. */
  readonly omittedSessions: number;
}

export interface InstanceStatus {
  /** Short name. */
  readonly instance: string;
  readonly uri: string;
  readonly listening: BoundPlace | undefined;
  readonly certificate: { readonly since: number; readonly expiresAt: number } | undefined;
  readonly isRefreshing: boolean;
  readonly lastRefresh: OutcomeStatus | undefined;
  readonly lastDial: OutcomeStatus | undefined;
  /** No more than ten, the newest first. */
  readonly lastErrors: readonly ProblemStatus[];
  readonly sessions: { readonly connected: number; readonly dialling: number; readonly waiting: number };
  readonly bytesFromClients: number;
  readonly bytesToClients: number;
}

export interface OutcomeStatus {
  readonly at: number;
  readonly succeeded: boolean;
  readonly durationMs: number;
}

export interface ProblemStatus {
  readonly at: number;
  readonly message: string;
  readonly code: string | undefined;
  readonly hint: string | undefined;
  /** How often it came; `at` is the last time. */
  readonly count: number;
}

export interface SessionStatus {
  readonly id: number;
  readonly instance: string;
  /** Undefined for a unix socket. */
  readonly client: string | undefined;
  readonly state: SessionState['at'];
  readonly since: number;
  /** Of the instance; undefined until it is connected. */
  readonly address: string | undefined;
  readonly bytesFromClient: number;
  readonly bytesToClient: number;
}

export interface StatusReportOptions {
  readonly model: ProxyModel;
  readonly newerVersion: string | undefined;
  readonly now: number;
  /** How many sessions to list, the oldest first. Default: 1,000. */
  readonly mostSessions?: number;
}

export function statusReport({ model, newerVersion, now, mostSessions = 1_000 }: StatusReportOptions): StatusReport {
  const listed = [...model.sessions.values()].slice(0, mostSessions);
  return {
    version: VERSION,
    newerVersion,
    pid: process.pid,
    state: model.state,
    now,
    startedAt: model.startedAt,
    instances: Array.from(model.instances.values(), (each) => instanceStatus(each, model)),
    sessions: listed.map((each) => sessionStatus(each)),
    omittedSessions: Math.max(0, model.sessions.size - mostSessions),
  };
}

function instanceStatus(instance: InstanceModel, model: ProxyModel): InstanceStatus {
  const { name, uri, place, certificateExpiresAt, certificateSince, isRefreshing, problems } = instance;
  const { bytesFromClient, bytesToClient } = model.traffic(instance);
  return {
    instance: name,
    uri,
    listening: place,
    certificate:
      certificateExpiresAt === undefined || certificateSince === undefined
        ? undefined
        : { since: certificateSince, expiresAt: certificateExpiresAt },
    isRefreshing,
    lastRefresh: outcomeStatus(instance.lastRefresh),
    lastDial: outcomeStatus(instance.lastDial),
    lastErrors: problems.newestFirst,
    sessions: model.counts(name),
    bytesFromClients: bytesFromClient,
    bytesToClients: bytesToClient,
  };
}

function outcomeStatus(outcome: InstanceModel['lastDial']): OutcomeStatus | undefined {
  if (outcome === undefined) return undefined;
  return { at: outcome.at, succeeded: outcome.problem === undefined, durationMs: Math.round(outcome.durationMs) };
}

function sessionStatus(session: SessionModel): SessionStatus {
  const { id, instance, client, state, acceptedAt } = session;
  const address = state.at === 'connected' ? state.address : undefined;
  return { id, instance, client, state: state.at, since: acceptedAt, address, ...trafficOf(session) };
}
