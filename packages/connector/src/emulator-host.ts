// ALLOYDB_EMULATOR_HOST: one variable that points every Google endpoint at a local emulator, and nothing anywhere else.

import { isLoopback } from './dial/no-proxy.ts';
import type { Route } from './dial/route.ts';
import { ConnectorError } from './errors.ts';

export interface EmulatorHost {
  /** `HOST:PORT` */
  readonly host: string;
  /** Root of every API, as in `http://127.0.0.1:8443`. */
  readonly endpoint: string;
}

export interface EmulatorHostOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether it may be another machine. Default false: what is meant for a test must not leave this one by mistake. */
  readonly allowRemote?: boolean | undefined;
}

export const emulatorHostVariable = 'ALLOYDB_EMULATOR_HOST';

/** How every access token of the emulator begins; nothing else is ever sent to it. */
const tokenPrefix = 'ya29.emulator-';

/**
 * The emulator that the environment names, if any.
 *
 * @throws {ConnectorError} `INVALID_OPTION` when it is no HOST:PORT, or another machine that was not allowed.
 */
export function readEmulatorHost({ env, allowRemote = false }: EmulatorHostOptions): EmulatorHost | undefined {
  const text = env[emulatorHostVariable] ?? '';
  if (text === '') return undefined;
  const url = /^[^/@?#\s]+:\d+$/.test(text) ? URL.parse(`http://${text}`) : null;
  if (url === null) {
    throw new ConnectorError('INVALID_OPTION', `Cannot use ${emulatorHostVariable}: "${text}" is not HOST:PORT`, {
      hint: `start alloydb-emulator; it prints the line to paste, such as ${emulatorHostVariable}=127.0.0.1:8443`,
    });
  }
  if (!allowRemote && !isLoopback(url.hostname)) {
    throw new ConnectorError(
      'INVALID_OPTION',
      `Cannot use ${emulatorHostVariable}: "${url.hostname}" is not an address of this machine`,
      { hint: 'what goes there is not encrypted; allow it with --allow-remote-emulator (option allowRemoteEmulator)' },
    );
  }
  return { host: url.host, endpoint: url.origin };
}

/** Lets requests to the emulator pass alone: credentials of Google's are not used, and cannot leave, by mistake. */
export function onlyTo({ host, endpoint }: EmulatorHost, routeFor: (url: URL) => Route): (url: URL) => Route {
  return (url) => {
    if (url.origin === endpoint) return routeFor(url);
    throw new ConnectorError(
      'CREDENTIALS_INVALID',
      `Cannot send a request to ${url.host}: ${emulatorHostVariable} is set`,
      {
        hint: `use credentials that the emulator at ${host} has made, or unset ${emulatorHostVariable}`,
      },
    );
  };
}

/** @throws {ConnectorError} `CREDENTIALS_INVALID` for a token that the emulator has not made. */
export function requireEmulatorToken({ host }: EmulatorHost, token: string): void {
  if (token.startsWith(tokenPrefix)) return;
  throw new ConnectorError(
    'CREDENTIALS_INVALID',
    `Cannot send this access token to the emulator at ${host}: the emulator has not made it`,
    { hint: `use credentials that the emulator has made, or unset ${emulatorHostVariable}` },
  );
}
