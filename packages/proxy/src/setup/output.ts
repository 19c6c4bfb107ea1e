// What `setup` prints: lines as it goes, or one JSON object at the end. Neither ever holds a key.

import type { LogSinks } from '../observability/logger.ts';
import { PROGRAM } from '../cli/program-name.ts';
import { type DoneStep, inWords, type Step } from './step.ts';

export type SetupStatus =
  | 'done'
  /** Nothing had to be. */
  | 'unchanged'
  /** --dry-run */
  | 'planned'
  /** The caller may not, and nothing was changed. */
  | 'denied'
  | 'failed';

export interface Shown {
  readonly subject: Readonly<Record<string, string>>;
  readonly title: string;
  readonly steps: readonly Step[];
  readonly kept: readonly string[];
}

export interface SetupOutput {
  show(plan: Shown): void;
  warn(text: string): void;
  done(step: DoneStep): void;
  /** What an owner could run instead. */
  commands(missing: readonly string[], lines: readonly string[]): void;
  end(status: SetupStatus, next?: readonly string[]): void;
}

export function textOutput({ out, err }: LogSinks): SetupOutput {
  const say = (line: string): unknown => out.write(`${line}\n`);
  return {
    show({ title, steps, kept }) {
      say(`${title}:`);
      for (const each of kept) say(`  keep ${each}`);
      for (const step of steps) say(`  ${inWords(step, 'before')}`);
    },
    warn: (text) => err.write(`${PROGRAM}: warning: ${text}\n`),
    done: (step) => say(inWords(step, 'after')),
    commands(missing, lines) {
      say(`# needs ${missing.join(', ')}`);
      for (const line of lines) say(line);
    },
    end(status, next = []) {
      if (status === 'unchanged') say('nothing to do');
      for (const line of next) say(line);
    },
  };
}

export function jsonOutput({ out }: LogSinks): SetupOutput {
  let shown: Shown | undefined;
  const warnings: string[] = [];
  const done: DoneStep[] = [];
  let denied = {};
  return {
    show: (plan) => (shown = plan),
    warn: (text) => warnings.push(text),
    done: (step) => done.push(step),
    commands: (missingPermissions, commands) => (denied = { missingPermissions, commands }),
    end(status, next = []) {
      const { subject = {}, steps = [], kept = [] } = shown ?? {};
      const result = { status, ...subject, steps, kept, done, warnings, ...denied, next };
      out.write(`${JSON.stringify(result, undefined, 2)}\n`);
    },
  };
}
