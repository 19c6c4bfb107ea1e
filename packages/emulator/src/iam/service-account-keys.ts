// Service-account keys: minted in the standard JSON format, their public halves kept to verify what they sign.

import { createPublicKey, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';
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
  readonly id: string;
  readonly email: string;
  readonly publicKey: KeyObject;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly disabled: boolean;
}

export class ServiceAccountKeys {
  readonly #clock: Clock;
  readonly #keys = new Map<string, KnownKey>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async mint(account: {
    readonly email: string;
    readonly uniqueId: string;
    readonly apiEndpoint: string;
  }): Promise<ServiceAccountKey> {
    const { email, uniqueId, apiEndpoint } = account;
    const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const id = randomBytes(20).toString('hex');
    this.#keys.set(id, { id, email, publicKey: pair.publicKey, createdAt: this.#clock.now(), disabled: false });
    return {
      type: 'service_account',
      project_id: projectOf(email),
      private_key_id: id,
      private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_email: email,
      client_id: uniqueId,
      auth_uri: `${apiEndpoint}/auth`,
      token_uri: `${apiEndpoint}/token`,
      universe_domain: 'googleapis.com',
    };
  }

  /** What is to be known again after a restart. */
  snapshot() {
    return [...this.#keys.values()].map((key) => ({
      ...key,
      publicKey: key.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    }));
  }

  restore(saved: ReturnType<ServiceAccountKeys['snapshot']>): void {
    for (const key of saved) this.#keys.set(key.id, { ...key, publicKey: createPublicKey(key.publicKey) });
  }

  find(keyId: string): KnownKey | undefined {
    return this.#keys.get(keyId);
  }

  /** In the order in which they were made. */
  list(email: string): readonly KnownKey[] {
    return [...this.#keys.values()].filter((key) => key.email === email);
  }

  setDisabled(key: KnownKey, disabled: boolean): void {
    this.#keys.set(key.id, { ...key, disabled });
  }

  delete(key: KnownKey): void {
    this.#keys.delete(key.id);
  }

  deleteAll(email: string): void {
    for (const key of this.list(email)) this.delete(key);
  }
}
