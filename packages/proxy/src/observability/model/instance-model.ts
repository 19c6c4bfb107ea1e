// One instance: its state, its last errors and what was counted since the start.

import type { DialEvent, DialPhase, RefreshEvent } from 'alloydb-connector';
import type { BoundPlace } from '../../proxy/listen.ts';
import type { RefusalReason, SessionEvent, Traffic } from '../../proxy/session-events.ts';
import type { WarmEvent } from '../../proxy/warm-events.ts';
import { Histogram } from './histogram.ts';
import { type Problem, problemOf } from './problem.ts';
import { ProblemLog } from './problem-log.ts';
import { Tally } from './tally.ts';
import { WarmModel } from './warm-model.ts';

/** What the last refresh or dial has shown. */
export interface Outcome {
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
  readonly durationMs: number;
  /** Undefined when it succeeded. */
  readonly problem: Problem | undefined;
}

/** Who closed a connection and why: `client finished`, `instance error`, `proxy idle-timeout`. */
export type CloseCause = `${'client' | 'instance' | 'proxy'} ${string}`;

type Closed = Extract<SessionEvent, { at: 'closed' }>;

const causes: readonly CloseCause[] = [
  'client finished',
  'client error',
  'instance finished',
  'instance error',
  'proxy shutdown',
  'proxy idle-timeout',
  'proxy max-lifetime',
  'proxy moved',
  'proxy admin',
];
const refusals: readonly RefusalReason[] = [
  'max-connections',
  'open-files',
  'shutting-down',
  'not-allowed',
  'local-tls',
];

/** The official proxy's, in milliseconds. */
const officialLatencyBounds = [5, 25, 100, 250, 500, 1_000, 2_000, 5_000, 30_000];
/** In seconds. */
const phaseBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const refreshBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const sessionBounds = [0.1, 1, 10, 60, 300, 1_800, 3_600, 21_600, 86_400];

export class InstanceModel {
  readonly name: string;
  /** Full URI. */
  readonly uri: string;
  /** Where its clients come in; undefined once the configuration no longer names it. */
  place: BoundPlace | undefined;
  /** Of the client certificate in use, in milliseconds since the epoch; undefined while there is none. */
  certificateExpiresAt: number | undefined;
  /** When that certificate was got, in milliseconds since the epoch. */
  certificateSince: number | undefined;
  isRefreshing = false;
  lastRefresh: Outcome | undefined;
  lastDial: Outcome | undefined;
  /** Of either, and of warm connections; they stay when all is well again. */
  readonly problems = new ProblemLog();

  readonly dialLatencyMs = new Histogram(officialLatencyBounds);
  dialFailures = 0;
  /** By phase, in seconds. */
  readonly dialPhases = new Map<DialPhase, Histogram>();
  refreshSuccesses = 0;
  /** By code of the error. */
  readonly refreshFailures = new Tally<string>();
  /** In seconds. */
  readonly refreshDuration = new Histogram(refreshBounds);
  opened = 0;
  readonly closed = new Tally<CloseCause>(causes);
  readonly refused = new Tally<RefusalReason>(refusals);
  /** From the client's arrival to the end, in seconds. */
  readonly sessionDuration = new Histogram(sessionBounds);
  /** In seconds, of those that got a place. */
  readonly queueWait = new Histogram(phaseBounds);
  readonly warm = new WarmModel();
  #ended: Traffic = { bytesFromClient: 0, bytesToClient: 0 };

  constructor(name: string, uri: string) {
    this.name = name;
    this.uri = uri;
  }

  get lastError(): Problem | undefined {
    return this.problems.newestFirst[0];
  }

  /** Whether there is anything to tell of it. */
  get wasUsed(): boolean {
    const { isRefreshing, lastRefresh, lastDial, opened } = this;
    return isRefreshing || lastRefresh !== undefined || lastDial !== undefined || opened > 0 || this.refused.total > 0;
  }

  /** What has gone through sessions that are over. */
  get endedTraffic(): Traffic {
    return this.#ended;
  }

  noteRefresh(event: RefreshEvent, now: number): void {
    this.isRefreshing = event.at === 'started';
    if (event.at === 'started') return;
    this.refreshDuration.observe(event.durationMs / 1_000);
    if (event.at === 'succeeded') {
      this.refreshSuccesses += 1;
      this.certificateExpiresAt = event.certificateExpiresAt;
      this.certificateSince = now;
      this.lastRefresh = { at: now, durationMs: event.durationMs, problem: undefined };
    } else {
      this.refreshFailures.add(event.error.code);
      this.lastRefresh = { at: now, durationMs: event.durationMs, problem: this.#noteError(event.error, now) };
    }
  }

  /** Clients' dials, and tests: how long those took that nobody waited for says nothing about what clients get. */
  noteDial(event: DialEvent, now: number): void {
    if (event.reference === 'warm') return;
    for (const { phase, durationMs, isFailed } of event.phases) {
      // How long it took until somebody gave up says nothing about the phase.
      if (!isFailed) this.#phase(phase).observe(durationMs / 1_000);
    }
    if (event.at === 'aborted') return;
    const { durationMs } = event;
    if (event.at === 'succeeded') {
      this.dialLatencyMs.observe(durationMs);
      this.lastDial = { at: now, durationMs, problem: undefined };
    } else {
      this.dialFailures += 1;
      this.lastDial = { at: now, durationMs, problem: this.#noteError(event.error, now) };
    }
  }

  noteWarm(event: WarmEvent, now: number): void {
    this.warm.note(event);
    if (event.at === 'failed') this.#noteError(event.error, now);
  }

  noteClosed({ by, reason, error, durationMs, bytesFromClient, bytesToClient }: Closed): void {
    this.closed.add(`${by} ${reason ?? (error === undefined ? 'finished' : 'error')}`);
    this.sessionDuration.observe(durationMs / 1_000);
    this.#ended = {
      bytesFromClient: this.#ended.bytesFromClient + bytesFromClient,
      bytesToClient: this.#ended.bytesToClient + bytesToClient,
    };
  }

  #noteError(error: unknown, now: number): Problem {
    const problem = problemOf(error, now);
    this.problems.add(problem);
    return problem;
  }

  #phase(phase: DialPhase): Histogram {
    const known = this.dialPhases.get(phase);
    if (known !== undefined) return known;
    const created = new Histogram(phaseBounds);
    this.dialPhases.set(phase, created);
    return created;
  }
}
