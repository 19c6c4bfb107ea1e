// Application Default Credentials: the order in which Google's tools look for an identity.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { textOf } from './credential-fields.ts';
import type { IdentitySeams } from './identity.ts';

export interface ApplicationDefaultFile {
  readonly path: string;
  /** True when it has to be there: somebody named it, or it was found. Otherwise the metadata server is next. */
  readonly expected: boolean;
}

/**
 * The file that `GOOGLE_APPLICATION_CREDENTIALS` names, else the one that `gcloud auth application-default login` writes.
 * A login of gcloud's is somebody's at Google, so that an emulator is never asked with it.
 */
export function applicationDefaultFile({
  env,
  emulator,
}: Pick<IdentitySeams, 'env' | 'emulator'>): ApplicationDefaultFile {
  const named = textOf(env['GOOGLE_APPLICATION_CREDENTIALS']);
  if (named !== undefined) return { path: named, expected: true };
  const path = join(configFolder(env), 'application_default_credentials.json');
  return { path, expected: emulator === undefined && existsSync(path) };
}

/** gcloud's own. */
export function configFolder(env: IdentitySeams['env']): string {
  const { CLOUDSDK_CONFIG: sdkFolder, APPDATA: appData } = env;
  if (sdkFolder !== undefined && sdkFolder !== '') return sdkFolder;
  if (process.platform === 'win32' && appData !== undefined) return join(appData, 'gcloud');
  return join(textOf(env['HOME']) ?? homedir(), '.config', 'gcloud');
}
