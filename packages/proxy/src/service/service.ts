// What is to be installed: one proxy as a service, described without a word of any service manager.

import type { ProxyConfig } from '../config/config.ts';

/** Whose service it is: the machine's, or that of the user who installs it. */
export type Scope =
  | { readonly of: 'system' }
  /** `home` is the user's home folder, `configHome` the folder for settings in it. */
  | { readonly of: 'user'; readonly userId: number; readonly home: string; readonly configHome: string };

/** As much as is needed to find a service again. */
export interface ServiceId {
  /** Names its files, and the service to its manager: letters, digits, `-` and `_`. */
  readonly name: string;
  readonly scope: Scope;
}

export interface Service extends ServiceId {
  /** How the program is started, without any flag of its own. */
  readonly program: readonly string[];
  /** What the proxy will do; every path in it is absolute. */
  readonly config: ProxyConfig;
  /** The same as the text of a config file. */
  readonly configText: string;
  /** The user that it runs as; undefined leaves the choice to the manager. */
  readonly user: string | undefined;
  /** The application's own service, with which this one starts and ends. */
  readonly partOf: string | undefined;
  /** Let the manager listen, so that the sockets outlive the program. */
  readonly socketActivation: boolean;
}

/** Seconds that the program may take to end: both delays, and a while to close what is left. */
export function stopSeconds({ config: { shutdown } }: Service): number {
  const afterwards = 15;
  return Math.ceil((shutdown.minDelayMs + shutdown.maxDelayMs) / 1_000) + afterwards;
}
