// The key pair whose public half every client certificate is made for.

import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

export interface ClientKey {
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string;
  /** PKCS #8, PEM. Leaves the process only for one that dials on its behalf. */
  readonly privateKey: string;
}

/** RSA of 2048 bits, the one kind that the Admin API signs. Made on the thread pool: it takes a moment. */
export async function generateClientKey(): Promise<ClientKey> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
