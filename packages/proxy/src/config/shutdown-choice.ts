// How the settings want the proxy to end.

import type { Settings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import type { ShutdownConfig } from './config.ts';
import { timerDelay } from './timer-delay.ts';

export function chooseShutdown(settings: Settings<ProxyFlags>): ShutdownConfig {
  return {
    minDelayMs: timerDelay(settings['min-sigterm-delay'].value),
    maxDelayMs: timerDelay(settings['max-sigterm-delay'].value),
    drainIdle: settings['drain-idle'].value,
    exitZero: settings['exit-zero-sigterm'].value,
    idleExitMs: timerDelay(settings['idle-exit'].value),
  };
}
