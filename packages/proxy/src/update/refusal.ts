// What a server means when it does not give what was asked for.

import { CommandError } from '../cli/command-error.ts';
import type { Fetched } from './fetch.ts';

export interface Asked {
  readonly url: URL;
  /** What was asked for, in words that complete "… knows no ". */
  readonly what: string;
  readonly nowMs: number;
}

/** @throws {CommandError} unless the status is 200. */
export function refuseFailure(answer: Fetched, { url: { host }, what, nowMs }: Asked): void {
  const { status } = answer;
  if (status === 200) return;
  const waitMs = rateLimitMs(answer, nowMs);
  if (waitMs !== undefined) {
    throw new CommandError(`${host} answers no further requests from here for now (HTTP ${status})`, {
      hint: waitMs > 0 ? `try again in ${Math.ceil(waitMs / 60_000)} min` : 'try again later',
    });
  }
  if (status === 401 || status === 403) {
    throw new CommandError(`${host} wants a login for this (HTTP ${status})`, {
      hint: 'ask a mirror that needs none, with --feed URL',
    });
  }
  if (status === 404) {
    throw new CommandError(`${host} knows no ${what} (HTTP 404)`, { hint: 'see whether the name is right' });
  }
  throw new CommandError(`${host} answers with HTTP ${status}`, { hint: 'try again later' });
}

/** @throws {CommandError} for an answer that is no JSON object. */
export function readJsonObject({ body }: Fetched, { url: { host }, what }: Asked): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    // The parser quotes what it read; whatever the server sent is none of it.
  }
  if (isObject(value)) return value;
  throw malformed(host, what, 'it is no JSON object');
}

export function malformed(host: string, what: string, reason: string): CommandError {
  return new CommandError(`the answer of ${host} does not describe a ${what}: ${reason}`, {
    hint: 'see whether the URL is right',
  });
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How long to wait before asking again; 0 when nobody says, undefined when it is no matter of waiting. */
function rateLimitMs({ status, headers }: Fetched, nowMs: number): number | undefined {
  const spent = headers['x-ratelimit-remaining'] === '0';
  if (status !== 429 && !(status === 403 && (spent || headers['retry-after'] !== undefined))) return undefined;
  const seconds = Number(headers['retry-after']);
  if (seconds > 0) return seconds * 1_000;
  const resetMs = Number(headers['x-ratelimit-reset']) * 1_000;
  return resetMs > nowMs ? resetMs - nowMs : 0;
}
