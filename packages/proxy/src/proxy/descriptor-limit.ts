// How many sessions the system's limit of open files leaves room for.

import { readdirSync, readFileSync, statSync } from 'node:fs';

/** The client's socket and the one to the instance. */
const perSession = 2;
// For clients that are told no, Admin API calls, name lookups and files: a quarter of a small limit, 64 of any other.
export const mostReserved = 64;
const reservedShare = 1 / 4;
const mostOnTheWay = 1_024;
// What a proxy without --max-connections should have at least: the usual soft limit of a login shell.
const usualLimit = 1024;

/** What to do when there are too few. */
export const moreDescriptors =
  "raise the limit of open files: 'ulimit -n 65536' in the shell, LimitNOFILE=65536 in a systemd unit";

/** What else may be opened for each: files, Admin API calls, refusals. */
const perSessionElsewhere = 2;
const countAgeMs = 1_000;

export interface DescriptorWarning {
  readonly text: string;
  readonly hint: string;
}

/** The soft limit of open files as the kernel keeps it; undefined where the system does not tell, or there is none. */
export function openFileLimit(limits: string | undefined = readLimits()): number | undefined {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits ?? '') ?? [];
  return soft === undefined ? undefined : Number(soft);
}

export interface FitOptions {
  /** Default: the soft limit of this process. */
  readonly limit?: number | undefined;
  /** Default: the descriptors that are open now. */
  readonly inUse?: number | undefined;
  /** Clients that may be there without a session. Default 0. */
  readonly arriving?: number;
}

/** Sessions that fit beside what is open now. Best asked once the listeners are open. */
export function sessionsThatFit({
  limit = openFileLimit(),
  inUse = openFiles(),
  arriving = 0,
}: FitOptions = {}): number | undefined {
  if (limit === undefined || inUse === undefined) return undefined;
  const reserve = Math.min(mostReserved, Math.floor(limit * reservedShare));
  return Math.max(1, Math.floor((limit - inUse - reserve - arriving) / perSession));
}

/** How many clients of local TLS may be there that have not encrypted yet: a quarter of the limit at most. */
export function mostArriving(limit = openFileLimit()): number {
  return Math.min(mostOnTheWay, Math.max(1, Math.floor((limit ?? Number.POSITIVE_INFINITY) * reservedShare)));
}

/**
 * Says when the limit is too low for what is asked of the proxy.
 *
 * @param maxConnections 0 for no limit.
 */
export function descriptorWarning(maxConnections: number, limit = openFileLimit()): DescriptorWarning | undefined {
  if (limit === undefined) return undefined;
  const needed = maxConnections === 0 ? usualLimit : maxConnections * perSession + mostReserved;
  if (limit >= needed) return undefined;
  const what = maxConnections === 0 ? 'connections without a limit' : `--max-connections ${maxConnections}`;
  return {
    text: `the limit of open files is ${limit}; ${what} should have ${needed}, ${perSession} for each connection`,
    hint: moreDescriptors,
  };
}

/** Knows without counting each time that descriptors are far from running out. */
export class DescriptorRoom {
  readonly #count: () => number | undefined;
  #unasked = 0;
  #countedAt = Number.NEGATIVE_INFINITY;

  /** @param count how many are left. */
  constructor(count: () => number | undefined = descriptorsLeft) {
    this.#count = count;
  }

  /**
   * Whether more than `wanted` are left for a session that begins now, with which it has counted. False where nothing can be told. Within
   * a second of a count it allows for the sessions that have begun since.
   */
  isFarFrom(wanted: number): boolean {
    const now = performance.now();
    if (this.#unasked === 0 || now - this.#countedAt > countAgeMs) {
      const spare = (this.#count() ?? 0) - wanted;
      this.#unasked = Math.max(0, Math.floor(spare / (perSession + perSessionElsewhere)));
      this.#countedAt = now;
    }
    if (this.#unasked === 0) return false;
    this.#unasked -= 1;
    return true;
  }
}

/** Kernels since 6.2 say how many are open as the size of the folder (proc_pid_fd(5)); before, all of it has to be read. */
function descriptorsLeft(): number | undefined {
  const limit = openFileLimit();
  const open = orUndefined(() => statSync('/proc/self/fd').size) || openFiles();
  return limit === undefined || open === undefined ? undefined : limit - open;
}

function readLimits(): string | undefined {
  return orUndefined(() => readFileSync('/proc/self/limits', 'utf8'));
}

function openFiles(): number | undefined {
  return orUndefined(() => readdirSync('/proc/self/fd').length);
}

/** Only Linux has /proc; elsewhere nothing is known, and nothing is limited. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
