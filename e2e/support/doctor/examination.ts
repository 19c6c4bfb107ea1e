// What the doctor finds, as a program reads it.

import assert from 'node:assert/strict';
import { runProxy } from '../proxy-process.ts';
import type { Run } from './patient.ts';

export interface Found {
  readonly id: string;
  readonly instance: string | null;
  readonly status: 'pass' | 'warn' | 'fail' | 'skip';
  readonly evidence: string;
  readonly fix: string | null;
}

export interface Examination {
  readonly ok: boolean;
  readonly checks: readonly Found[];
  /** All of it, for messages. */
  readonly text: string;
}

export async function examine({ args, env, openFiles }: Run): Promise<Examination> {
  const limit = openFiles === undefined ? {} : { openFiles };
  const { exit, stdout, stderr } = await runProxy(['doctor', '--format', 'json', ...args], { env, ...limit });
  assertNoSecret(stdout + stderr);
  assert.equal(stderr, '');
  const { ok, checks } = JSON.parse(stdout) as Pick<Examination, 'ok' | 'checks'>;
  assert.equal(exit.code, ok ? 0 : 1);
  return { ok, checks, text: checks.map((check) => JSON.stringify(check)).join('\n') };
}

/** Keys, tokens and the passwords of these scenarios. */
export function assertNoSecret(text: string): void {
  assert.doesNotMatch(text, /PRIVATE KEY|MII[\w+/]{40}|ya29\.|pass-of-/);
}

/** Whatever the machine that runs the tests is like. */
const ofTheMachine = new Set(['version', 'service']);

/** Those that did not pass, but for what was left out. */
export function complaints({ checks }: Examination): readonly Found[] {
  return checks.filter(({ id, status }) => (status === 'warn' || status === 'fail') && !ofTheMachine.has(id));
}
