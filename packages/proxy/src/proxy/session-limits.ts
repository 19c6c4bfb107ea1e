// What ends a session while its client and its instance would go on: how long it may be silent, and how old it may become.

import type { ProxyConfig } from '../config/config.ts';

export interface SessionLimits {
  /** Life of a session over which nothing is sent, in milliseconds; 0 is no limit. */
  readonly idleTimeoutMs: number;
  /** Age at which a session is ended as soon as it is idle, in milliseconds; 0 is no limit. */
  readonly maxLifetimeMs: number;
  /** From 0 up to, but not including, 1; asked once for each session. */
  readonly random: () => number;
}

export interface SessionLimitsOptions {
  /** Whether sessions may have to leave their instance. Default false. */
  readonly mayMove?: boolean;
  readonly random?: () => number;
}

/**
 * Undefined when nothing asks for it: to know whether a session is idle, every message has to be followed, and that costs
 * work for each chunk and memory for each session.
 */
export function sessionLimits(
  { shutdown, clientIdleTimeoutMs, maxConnectionLifetimeMs }: ProxyConfig,
  { mayMove = false, random = Math.random }: SessionLimitsOptions = {},
): SessionLimits | undefined {
  if (!mayMove && !shutdown.drainIdle && clientIdleTimeoutMs === 0 && maxConnectionLifetimeMs === 0) return undefined;
  return { idleTimeoutMs: clientIdleTimeoutMs, maxLifetimeMs: maxConnectionLifetimeMs, random };
}

// Connections that a pool opened at one time must not all end at one time.
const spread = 0.1;

/** The limit, or up to a tenth less. */
export function chosenLifetime({ maxLifetimeMs, random }: SessionLimits): number {
  return Math.ceil(maxLifetimeMs * (1 - spread * random()));
}
