// Takes the secrets that the doctor knows of out of its texts, wherever a server may have put them.

import { FLAG_ROWS } from '../cli/flags.ts';
import type { Setting } from '../config/sources.ts';
import type { CheckResult } from './check.ts';
import type { Examined } from './subject.ts';

export type Redact = (text: string) => string;

// Less than that would tear words apart, and is no secret.
const shortest = 6;

export function redactor(examined: Examined, env: NodeJS.ProcessEnv): Redact {
  const secrets = [env['PGPASSWORD'], ...(examined.is === 'subject' ? secretSettings(examined) : [])].filter(
    (secret) => secret !== undefined && secret.length >= shortest,
  );
  return (text) => secrets.reduce<string>((clean, secret) => clean.replaceAll(secret ?? '', '[redacted]'), text);
}

export function redacted(result: CheckResult, redact: Redact): CheckResult {
  return {
    ...result,
    evidence: redact(result.evidence),
    fix: result.fix === undefined ? undefined : redact(result.fix),
  };
}

function secretSettings({ subject }: Extract<Examined, { is: 'subject' }>): readonly string[] {
  const { settings } = subject.configuration.merged;
  const byName: Readonly<Record<string, Setting<unknown>>> = settings;
  return FLAG_ROWS.flatMap((row) => {
    const value = 'secret' in row ? byName[row.name]?.value : undefined;
    return typeof value === 'string' ? [value] : [];
  });
}
