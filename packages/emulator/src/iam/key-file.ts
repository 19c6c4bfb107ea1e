// Writes credential files; a real key in their place could not be downloaded a second time.

import { checkPrivateFile, type PrivateFile, writePrivateFile } from './private-file.ts';

/** @throws EmulatorError `KEY_FILE` */
export async function writeKeyFile(path: string, credentials: object): Promise<void> {
  await writePrivateFile(keyFile(path), `${JSON.stringify(credentials, null, 2)}\n`);
}

/**
 * Whether {@link writeKeyFile} would leave the file at `path` alone; to be asked before anything is started.
 *
 * @throws EmulatorError `KEY_FILE`
 */
export async function checkKeyFilePath(path: string): Promise<void> {
  await checkPrivateFile(keyFile(path));
}

function keyFile(path: string): PrivateFile {
  return { path, what: 'key file', isOurs: isEmulatorKey };
}

/** Where each type of credentials names the endpoint that it is good for. */
const ENDPOINT_FIELDS = ['token_uri', 'token_url', 'service_account_impersonation_url'];

function isEmulatorKey(text: string): boolean {
  let key: unknown;
  try {
    key = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof key !== 'object' || key === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...key };
  const endpoint = ENDPOINT_FIELDS.map((name) => fields[name]).find((value) => typeof value === 'string');
  return endpoint?.startsWith('http://127.0.0.1:') ?? false;
}
