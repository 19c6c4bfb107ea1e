// A file for --static-connection-info, with certificates that the emulator's Admin API really issued.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceAccount, type Setting } from './setting.ts';

export interface StaticAddresses {
  readonly ipAddress?: string;
  readonly publicIpAddress?: string;
}

/** Writes the file for the instances named, each with the addresses given for it. */
export async function writeStaticInfo(
  { emulator, folder, account = serviceAccount }: Pick<Setting, 'emulator' | 'folder'> & { readonly account?: string },
  instances: Readonly<Record<string, StaticAddresses>>,
): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const token = emulator.mintToken(account);
  const entries = await Promise.all(
    Object.entries(instances).map(async ([uri, addresses]) => {
      const parent = uri.replace(/\/instances\/.*/, '');
      const response = await fetch(`${emulator.apiEndpoint}/v1alpha/${parent}:generateClientCertificate`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ parent, publicKey, certDuration: '3600s', useMetadataExchange: true }),
      });
      assert.equal(response.status, 200);
      return [uri, { ...addresses, ...((await response.json()) as object) }] as const;
    }),
  );
  const path = join(folder, 'static.json');
  writeFileSync(path, JSON.stringify({ publicKey, privateKey, ...Object.fromEntries(entries) }), { mode: 0o600 });
  return path;
}
