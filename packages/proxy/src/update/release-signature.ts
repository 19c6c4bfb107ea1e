// Whether the list of checksums of a release was signed by whoever makes the releases.

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { CommandError } from '../cli/command-error.ts';

export interface SignedSums {
  /** SHA256SUMS, byte for byte. */
  readonly sums: Buffer;
  /** SHA256SUMS.sig: the 64 bytes of an Ed25519 signature, as `openssl pkeyutl -sign -rawin` writes them. */
  readonly signature: Buffer;
  /** Base64 of an SPKI in DER. */
  readonly publicKey: string;
}

/**
 * The signature is over the bytes of the list, and the list names every file: nothing but what was signed passes, wherever
 * it was downloaded from. That it is the release that was announced, and no older one with its own good signature, is
 * what the executable's own word on its version is for.
 *
 * @throws {CommandError} unless it was.
 */
export function verifySums({ sums, signature, publicKey }: SignedSums): void {
  // Ed25519 hashes by itself: Node wants no digest named.
  if (signature.length === 64 && verify(null, sums, readKey(publicKey), signature)) return;
  throw new CommandError('the signature of the release is wrong: nothing has been installed', {
    hint: 'the download was damaged or forged; try another network, and tell the makers of the release if it stays so',
  });
}

function readKey(text: string): KeyObject {
  const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('the key of releases in this build is not of Ed25519');
  return key;
}
