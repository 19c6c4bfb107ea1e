// A proxy with credentials of the scenario's own choice, and the principal that the Admin API took it for.

import { writeFileSync } from 'node:fs';
import type { Emulator } from 'alloydb-emulator';
import { type ProxyProcess, startProxy } from './proxy-process.ts';
import type { Setting } from './setting.ts';

export interface CredentialChoice {
  /** Flags that choose the credentials, and others. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a proxy in front of the first instance that finds no credentials but those of the choice. */
export function startProxyWith(
  { emulator, instance, folder }: Pick<Setting, 'emulator' | 'instance' | 'folder'>,
  { args = [], env = {} }: CredentialChoice,
): Promise<ProxyProcess> {
  const flags = ['--alloydbadmin-api-endpoint', emulator.apiEndpoint, '--port', '0'];
  // gcloud keeps the tester's own login in the home folder.
  return startProxy([...flags, ...args, instance], { env: { HOME: folder, ...env } });
}

/** Makes impersonation go to the emulator's IAM Credentials API. */
export function impersonationEnvironment({ apiEndpoint }: Emulator): Readonly<Record<string, string>> {
  return { CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS: `${apiEndpoint}/` };
}

/** Whom the latest call of the Admin API came from. */
export function latestCaller(emulator: Emulator): string | undefined {
  return emulator.statistics().apiCallLog.at(-1)?.principal;
}

/** Writes a file that only its owner can read. */
export function writeSecret(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
