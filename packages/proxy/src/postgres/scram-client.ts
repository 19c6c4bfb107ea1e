// The client's side of SCRAM-SHA-256 (RFC 5802 and RFC 7677) as far as PostgreSQL has it: without channel binding.

import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

export const scramMechanism = 'SCRAM-SHA-256';

// "n,,": no channel binding, nobody else's name. It comes again, in base64, at the end.
const header = 'n,,';
// PostgreSQL's own default is 4096; a server that wants a thousand times that wants to keep us busy.
const mostIterations = 4_096_000;

/**
 * Both sides derive two keys from the password, by PBKDF2 with the server's salt. The server keeps a hash of the first one
 * and the second as it is. The client sends the first one, XORed with a signature over the whole conversation that only a
 * holder of the hash can compute: so it proves itself without showing what a listener could use again. The server answers
 * with a signature by the second key, and has to be as good.
 */
export class ScramClient {
  readonly #password: string;
  readonly #nonce: string;
  #signature: Buffer | undefined;

  /** @param nonce chance, for tests. */
  constructor(password: string, nonce = randomBytes(18).toString('base64')) {
    this.#password = password.normalize('NFKC');
    this.#nonce = nonce;
  }

  /** The first message. The user stands in the StartupMessage; PostgreSQL looks at no other name. */
  first(): string {
    return `${header}${this.#firstBare()}`;
  }

  /** The last message, from the server's first. @throws {Error} when that is none. */
  async last(serverFirst: string): Promise<string> {
    const [, nonce = '', salt = '', rounds = ''] = /^r=([^,]+),s=([^,]+),i=(\d{1,9})$/.exec(serverFirst) ?? [];
    const iterations = Number(rounds);
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce || iterations < 1 || iterations > mostIterations) {
      throw new Error('the server does not speak SCRAM-SHA-256 as it is written');
    }
    const salted = await promisify(pbkdf2)(this.#password, Buffer.from(salt, 'base64'), iterations, 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const withoutProof = `c=${Buffer.from(header).toString('base64')},r=${nonce}`;
    const conversation = [this.#firstBare(), serverFirst, withoutProof].join(',');
    const mask = hmac(createHash('sha256').update(clientKey).digest(), conversation);
    this.#signature = hmac(hmac(salted, 'Server Key'), conversation);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (mask[at] ?? 0)));
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  /** Whether the server's last message shows that it knows the password as well. */
  accepts(serverLast: string): boolean {
    const shown = Buffer.from(/^v=(.+)$/.exec(serverLast)?.[1] ?? '', 'base64');
    const { length } = shown;
    return this.#signature?.length === length && timingSafeEqual(shown, this.#signature);
  }

  #firstBare(): string {
    return `n=,r=${this.#nonce}`;
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
