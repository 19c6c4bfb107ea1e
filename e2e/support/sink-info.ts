// A file for --static-connection-info that leads to servers without an Admin API.

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsSink } from './tls-sink.ts';

/** Writes `static.json` into the folder, with one entry for each instance URI. */
export async function writeSinkInfo(folder: string, sinks: Readonly<Record<string, TlsSink>>): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const entries = await Promise.all(
    Object.entries(sinks).map(async ([uri, sink]) => [uri, await sink.staticEntry(privateKey)] as const),
  );
  const path = join(folder, 'static.json');
  writeFileSync(path, JSON.stringify({ publicKey, privateKey, ...Object.fromEntries(entries) }), { mode: 0o600 });
  return path;
}
