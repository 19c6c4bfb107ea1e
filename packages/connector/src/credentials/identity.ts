// What one reading of credentials yields: a source of tokens, and what is known of whom they are for.

import type { Agent } from 'node:http';
import type { EmulatorHost } from '../emulator-host.ts';
import type { HttpClient } from '../http/http-client.ts';
import type { Clock } from '../refresh/clock.ts';
import type { TokenSource } from './token-source.ts';

export interface Identity {
  readonly tokens: TokenSource;
  /** False when the source gives the same token whatever scope it is asked for. */
  readonly choosesScope: boolean;
  /** Whom the tokens are for; undefined for as long as that is not known. */
  principal(): string | undefined;
  readonly quotaProject: string | undefined;
  /** The project that it belongs to, for whoever names none; absent or undefined when it does not say. */
  readonly project?: ((signal: AbortSignal) => Promise<string | undefined>) | undefined;
  /** As the credentials say; undefined when they say nothing. */
  readonly universeDomain: string | undefined;
}

/** What sources need of the world around them. */
export interface IdentitySeams {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Outbound proxy for the requests of google-auth-library; every other request goes through `http`. */
  readonly agent?: ((url: URL) => Agent | undefined) | undefined;
  /** For endpoints that credentials may leave out, when they name no universe of their own. */
  readonly universeDomain: string;
  /** Where everything goes instead, and whose tokens alone are used. */
  readonly emulator?: EmulatorHost | undefined;
  /** Ends requests and commands under way when aborted. */
  readonly closed: AbortSignal;
}
