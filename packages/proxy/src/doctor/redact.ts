// Takes the secrets that the doctor knows of out of its texts, wherever a server may have put them.

import { environmentName, FLAG_ROWS } from '../cli/flags.ts';
import type { Setting } from '../config/sources.ts';
import type { CheckResult } from './check.ts';

export type Redact = (text: string) => string;

/** Settings by name, as a command line or a config file gives them. */
export type GivenLayer = Readonly<Record<string, Setting<unknown> | undefined>>;

// Less than that would tear words apart, and is no secret.
const shortest = 6;

/** Knows the secrets of a configuration that was refused, too. To be asked for text that is not escaped yet. */
export function redactor(layers: readonly GivenLayer[], env: NodeJS.ProcessEnv): Redact {
  const flags = FLAG_ROWS.filter((row) => 'secret' in row).map(({ name }) => name);
  const values: readonly unknown[] = [
    env['PGPASSWORD'],
    ...flags.flatMap((name) => [env[environmentName(name)], ...layers.map((layer) => layer[name]?.value)]),
  ];
  const secrets = values
    .filter((value) => typeof value === 'string')
    .filter(({ length }) => length >= shortest)
    // One may begin like another, whose rest would be left.
    .toSorted((one, other) => other.length - one.length);
  return (text) => withoutUserInfo(secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text));
}

export function redacted(result: CheckResult, redact: Redact): CheckResult {
  return {
    ...result,
    evidence: redact(result.evidence),
    fix: result.fix === undefined ? undefined : redact(result.fix),
  };
}

/** Passwords of proxies stand in their URLs. */
function withoutUserInfo(text: string): string {
  return text.replaceAll(/(?<=:\/\/)[^\s/?#]*@/g, '[redacted]@');
}
