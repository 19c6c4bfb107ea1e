// A certificate authority of a test, made on the spot, so that no certificate is committed.

import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { der, hex, pem, sequence, time } from './der.ts';

export interface CertificateRequest {
  /** Addresses and host names that the certificate is for; none leaves the extension out. */
  readonly names?: readonly string[];
  /** Subject common name. Default `test`. */
  readonly commonName?: string;
  /** End of its life, in milliseconds since the epoch. Default: in a day. */
  readonly notAfter?: number;
}

/** PEM, as node:tls takes it. */
export interface IssuedCertificate {
  readonly key: string;
  readonly cert: string;
}

const ecdsaWithSha256 = sequence(hex('06082a8648ce3d040302'));
const dayMs = 86_400_000;

export class CertificateAuthority {
  /** Its own certificate, PEM. */
  readonly cert: string;
  readonly #name: Buffer;
  readonly #key: KeyObject;
  #serial = 1;

  constructor(name = 'test authority') {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#name = distinguishedName(name);
    this.#key = privateKey;
    const authority = extension('0603551d13', sequence(hex('0101ff')));
    this.cert = this.#certify(this.#name, publicKey, Date.now() + dayMs, [authority]);
  }

  /** A certificate with a key of its own. */
  issue(request: CertificateRequest = {}): IssuedCertificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    return { key, cert: this.#issueFor(publicKey, request) };
  }

  /** A certificate for somebody else's key, PEM. */
  certify(publicKey: string, request: CertificateRequest = {}): string {
    return this.#issueFor(createPublicKey(publicKey), request);
  }

  #issueFor(key: KeyObject, { names = [], commonName = 'test', notAfter }: CertificateRequest): string {
    const extensions = names.length === 0 ? [] : [extension('0603551d11', sequence(...names.map(generalName)))];
    return this.#certify(distinguishedName(commonName), key, notAfter ?? Date.now() + dayMs, extensions);
  }

  #certify(subject: Buffer, publicKey: KeyObject, notAfter: number, extensions: readonly Buffer[]): string {
    const body = sequence(
      der(0xa0, hex('020102')),
      der(0x02, Buffer.of(this.#serial++)),
      ecdsaWithSha256,
      this.#name,
      sequence(time(Math.min(notAfter, Date.now()) - dayMs), time(notAfter)),
      subject,
      publicKey.export({ format: 'der', type: 'spki' }),
      ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
    );
    const signature = sign('sha256', body, this.#key);
    return pem(sequence(body, ecdsaWithSha256, der(0x03, hex('00'), signature)));
  }
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(hex('0603550403'), der(0x0c, Buffer.from(commonName)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(hex(id), der(0x04, value));
}

/** An IPv4 address by its bytes, or a host name. */
function generalName(name: string): Buffer {
  if (isIP(name) === 4) return der(0x87, Buffer.from(name.split('.').map(Number)));
  return der(0x82, Buffer.from(name));
}
