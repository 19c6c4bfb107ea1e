// How the settings want the proxy to end.

import type { Settings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import type { ShutdownConfig } from './config.ts';

export function chooseShutdown(settings: Settings<ProxyFlags>): ShutdownConfig {
  return {
    minDelayMs: timerDelay(settings['min-sigterm-delay'].value),
    maxDelayMs: timerDelay(settings['max-sigterm-delay'].value),
    drainIdle: settings['drain-idle'].value,
    exitZero: settings['exit-zero-sigterm'].value,
  };
}

/** Timers count in 31 bits, and take a longer delay for none at all: 25 days stand for "however long". */
function timerDelay(ms: number): number {
  return Math.min(Math.ceil(ms), 2 ** 31 - 1);
}
