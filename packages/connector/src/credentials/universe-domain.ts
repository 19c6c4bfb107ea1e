// The universe that credentials belong to: the domain under which all of its Google APIs are.

import { ConnectorError } from '../errors.ts';
import { textOf } from './credential-fields.ts';

export interface UniverseSources {
  readonly option: string | undefined;
  /** What the credentials themselves say. */
  readonly credentials: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @throws {ConnectorError} `INVALID_OPTION` when the option and the credentials name different ones. */
export function universeDomainOf({ option, credentials, env }: UniverseSources): string {
  if (option !== undefined && credentials !== undefined && option !== credentials) {
    throw new ConnectorError(
      'INVALID_OPTION',
      `Cannot use the universe domain "${option}": the credentials are for "${credentials}"`,
      { hint: 'leave the universe domain out, or use credentials of that universe' },
    );
  }
  return option ?? credentials ?? textOf(env['GOOGLE_CLOUD_UNIVERSE_DOMAIN']) ?? 'googleapis.com';
}
