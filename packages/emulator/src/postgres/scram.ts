// The client side of SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL speaks it, without channel binding.

import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

export class ScramError extends Error {
  override readonly name = 'ScramError';
}

/**
 * The password itself never travels. From it, the server's salt and the iteration count comes a salted password; two keys
 * derived from that sign the same transcript (`authMessage`), one for each side. The client proves that it knows its key
 * by sending it masked with a signature under the key's hash, which is all that the server keeps; the server proves itself
 * with a signature that only a holder of the stored keys can make, and `finish` checks it.
 */
export class ScramClient {
  readonly #password: string;
  readonly #nonce: string;
  readonly #clientFirstBare: string;
  #serverSignature: Buffer | undefined;

  /** `nonce` is chance from outside for tests. */
  constructor(password: string, nonce: string = randomBytes(18).toString('base64')) {
    // SASLprep reduces to NFKC for every password that anybody uses.
    this.#password = password.normalize('NFKC');
    this.#nonce = nonce;
    // PostgreSQL takes the user from the StartupMessage and ignores the one here.
    this.#clientFirstBare = `n=,r=${nonce}`;
  }

  /** client-first-message; "n,," says that channel binding is not supported. */
  start(): string {
    return `n,,${this.#clientFirstBare}`;
  }

  /** Takes server-first-message and gives client-final-message. */
  async answer(serverFirst: string): Promise<string> {
    const { nonce, salt, iterations } = parseServerFirst(serverFirst);
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw new ScramError('The server answered with a nonce that is not ours');
    }
    const salted = await promisify(pbkdf2)(this.#password, salt, iterations, 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`;
    const authMessage = `${this.#clientFirstBare},${serverFirst},${withoutProof}`;
    const clientSignature = hmac(createHash('sha256').update(clientKey).digest(), authMessage);
    const proof = Buffer.from(clientKey.map((byte, i) => byte ^ (clientSignature[i] ?? 0)));
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), authMessage);
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  /** Takes server-final-message. */
  finish(serverFinal: string): void {
    const signature = Buffer.from(/^v=([A-Za-z0-9+/=]+)/.exec(serverFinal)?.[1] ?? '', 'base64');
    const expected = this.#serverSignature;
    if (expected === undefined || signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      throw new ScramError('The server does not know the password either: its signature is wrong');
    }
  }
}

function parseServerFirst(text: string): { nonce: string; salt: Buffer; iterations: number } {
  const [, nonce, salt, iterations] = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d+)/.exec(text) ?? [];
  if (nonce === undefined || salt === undefined || iterations === undefined) {
    throw new ScramError('The server sent a challenge that cannot be read');
  }
  return { nonce, salt: Buffer.from(salt, 'base64'), iterations: Number(iterations) };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
