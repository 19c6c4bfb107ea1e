// This process as a service of Windows, where it is one.

import type { StdioSinks } from '../observability/stdio.ts';
import type { WindowsService } from './windows-service.ts';

export interface OwnService {
  readonly host: WindowsService;
  /** Takes what would go to the standard streams, which a service does not have. */
  readonly sinks: StdioSinks;
  /** The same for a log file that somebody has asked for. */
  readonly sinksFor: (logFile: string | undefined) => StdioSinks;
}

/** Undefined for a process that nobody started as a service, and wherever there are none. */
export async function findOwnService(): Promise<OwnService | undefined> {
  if (process.platform !== 'win32' || process.versions['bun'] === undefined) return undefined;
  const { joinServices } = await import('./windows-control-manager.ts');
  const host = await joinServices();
  if (host === undefined) return undefined;
  const { fileSinks, serviceLogPath } = await import('./windows-service-log.ts');
  const sinks = fileSinks(serviceLogPath(process.execPath));
  return { host, sinks, sinksFor: (logFile) => (logFile === undefined ? sinks : fileSinks(logFile)) };
}
