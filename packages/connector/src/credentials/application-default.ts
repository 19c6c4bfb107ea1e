// Application Default Credentials: the order in which Google's tools look for an identity.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type CredentialFileOptions, credentialFile } from './credential-file.ts';
import { googleAuth } from './google-auth.ts';
import type { TokenSource } from './token-source.ts';

export interface ApplicationDefaultOptions extends CredentialFileOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The file named by `GOOGLE_APPLICATION_CREDENTIALS`, else the one that `gcloud auth application-default login` writes,
 * else the metadata server of the platform.
 *
 * @throws {ConnectorError} `CREDENTIALS_INVALID` when a file is named or found and cannot be used.
 */
export function applicationDefault({ env, ...options }: ApplicationDefaultOptions): TokenSource {
  const named = env['GOOGLE_APPLICATION_CREDENTIALS'];
  if (named !== undefined && named !== '') return credentialFile(named, options);
  const wellKnown = join(configFolder(env), 'application_default_credentials.json');
  if (existsSync(wellKnown)) return credentialFile(wellKnown, options);
  return googleAuth({ origin: 'Application Default Credentials' });
}

function configFolder(env: ApplicationDefaultOptions['env']): string {
  const { CLOUDSDK_CONFIG: sdkFolder, APPDATA: appData } = env;
  if (sdkFolder !== undefined && sdkFolder !== '') return sdkFolder;
  if (process.platform === 'win32' && appData !== undefined) return join(appData, 'gcloud');
  return join(homedir(), '.config', 'gcloud');
}
