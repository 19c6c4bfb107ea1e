// Certificates for the hop between clients and the proxy, as an administrator would make them.

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterAuthority } from '../../packages/emulator/src/pki/cluster-authority.ts';

export interface LocalCertificates {
  /** Paths of PEM files. */
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  /** The same as text. */
  readonly caText: string;
  /** A client's certificate of the same authority. */
  readonly client: { readonly cert: string; readonly key: string };
  /** The flags that use the files, without an authority for clients. */
  readonly flags: readonly string[];
}

/** Writes, or replaces, the files in the folder: for `localhost` and `127.0.0.1`, by an authority of their own. */
export async function writeLocalCertificates(folder: string): Promise<LocalCertificates> {
  const authority = await ClusterAuthority.create({ now: Date.now });
  const server = await authority.issueServer({ uid: 'local', names: ['localhost', '127.0.0.1'] });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const chain = await authority.issueClient({
    spki: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
    lifeMs: 3_600_000,
    useMetadataExchange: false,
  });
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const cert = write('local-cert.pem', server.certificate);
  const key = write('local-key.pem', server.key);
  return {
    cert,
    key,
    ca: write('local-ca.pem', server.trustedRoot),
    caText: server.trustedRoot,
    client: {
      cert: write('client-cert.pem', chain.pemCertificateChain.join('')),
      key: write('client-key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    },
    flags: ['--local-tls-cert', cert, '--local-tls-key', key],
  };
}
