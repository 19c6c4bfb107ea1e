// Reads the public key that a client wants certified.

import { createPublicKey, type KeyObject } from 'node:crypto';

export type ClientPublicKey =
  | { readonly is: 'key'; readonly spki: Uint8Array<ArrayBuffer> }
  | { readonly is: 'refused'; readonly reason: string };

/** Accepts RSA of 2048 bits or more as PKCS#1 (`RSA PUBLIC KEY`) or SPKI (`PUBLIC KEY`) PEM. */
export function readClientPublicKey(pem: string): ClientPublicKey {
  const label = /^-----BEGIN ([A-Z ]+)-----\r?\n/.exec(pem.trimStart())?.[1];
  if (label !== 'RSA PUBLIC KEY' && label !== 'PUBLIC KEY') {
    return { is: 'refused', reason: 'The public key must be PEM: "PUBLIC KEY" or "RSA PUBLIC KEY".' };
  }
  let key: KeyObject;
  try {
    key = createPublicKey({ key: pem, format: 'pem' });
  } catch {
    // The parser's own words speak of ASN.1 and help nobody.
    return { is: 'refused', reason: 'The public key cannot be decoded.' };
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < 2048) {
    return { is: 'refused', reason: 'The public key must be RSA with at least 2048 bits.' };
  }
  return { is: 'key', spki: new Uint8Array(key.export({ type: 'spki', format: 'der' })) };
}
