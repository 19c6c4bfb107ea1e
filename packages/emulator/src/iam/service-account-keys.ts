// Service-account keys: minted in the standard JSON format, their public halves kept to verify what they sign.

import { generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { projectOf } from './principal.ts';

/** A key file in the format that every Google client library reads. */
export interface ServiceAccountKey {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  /** PKCS#8 PEM. */
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
  readonly universe_domain: string;
}

export interface KnownKey {
  readonly email: string;
  readonly publicKey: KeyObject;
}

export class ServiceAccountKeys {
  readonly #keys = new Map<string, KnownKey>();

  async mint(account: { readonly email: string; readonly apiEndpoint: string }): Promise<ServiceAccountKey> {
    const { email, apiEndpoint } = account;
    const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const id = randomBytes(20).toString('hex');
    this.#keys.set(id, { email, publicKey: pair.publicKey });
    return {
      type: 'service_account',
      project_id: projectOf(email),
      private_key_id: id,
      private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_email: email,
      client_id: BigInt(`0x${randomBytes(8).toString('hex')}`).toString(),
      auth_uri: `${apiEndpoint}/auth`,
      token_uri: `${apiEndpoint}/token`,
      universe_domain: 'googleapis.com',
    };
  }

  find(keyId: string): KnownKey | undefined {
    return this.#keys.get(keyId);
  }

  hasAccount(email: string): boolean {
    return [...this.#keys.values()].some((key) => key.email === email);
  }
}
