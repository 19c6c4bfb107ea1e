// Which entries a log level lets through.

import type { LogConfig } from '../config/config.ts';

export type Severity = 'debug' | 'info' | 'warn' | 'error';

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const satisfies Record<Severity, number>;

export function passes(level: LogConfig['level'], severity: Severity): boolean {
  return RANK[severity] >= RANK[level];
}
