// Makes X.509 certificates, one function for each kind that AlloyDB uses.

import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { isIP } from 'node:net';
import { createPrivateKey, createPublicKey, KeyObject, webcrypto } from 'node:crypto';

/** P-256 keys take under a millisecond to make; only the client's key, which comes from outside, is RSA. */
const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' } as const;

export interface Signer {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** PEM of the certificate and PKCS#8 PEM of its key. */
export interface SignerPem {
  readonly certificate: string;
  readonly key: string;
}

export function signerToPem({ certificate, keys }: Signer): SignerPem {
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  return { certificate: certificate.toString('pem'), key };
}

export async function signerFromPem({ certificate, key }: SignerPem): Promise<Signer> {
  const secret = createPrivateKey(key);
  const { subtle } = webcrypto;
  const pkcs8 = new Uint8Array(secret.export({ type: 'pkcs8', format: 'der' }));
  const spki = new Uint8Array(createPublicKey(secret).export({ type: 'spki', format: 'der' }));
  const [privateKey, publicKey] = await Promise.all([
    subtle.importKey('pkcs8', pkcs8, KEY_ALGORITHM, true, ['sign']),
    subtle.importKey('spki', spki, KEY_ALGORITHM, true, ['verify']),
  ]);
  return { certificate: new X509Certificate(certificate), keys: { privateKey, publicKey } };
}

export async function createRoot(commonName: string, validity: Validity): Promise<Signer> {
  const keys = await createKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: SIGNING_ALGORITHM,
    ...validity,
    extensions: [...authorityExtensions(), await SubjectKeyIdentifierExtension.create(keys.publicKey)],
  });
  return { certificate, keys };
}

/** An authority under `issuer` that may sign end certificates only. */
export async function createIntermediate(commonName: string, issuer: Signer, validity: Validity): Promise<Signer> {
  const keys = await createKeys();
  const certificate = await sign({
    subject: `CN=${commonName}`,
    publicKey: keys.publicKey,
    issuer,
    validity,
    extensions: authorityExtensions(0),
  });
  return { certificate, keys };
}

export async function createServerCertificate(
  server: { readonly commonName: string; readonly alternativeNames: readonly string[] },
  issuer: Signer,
  validity: Validity,
): Promise<Signer> {
  const keys = await createKeys();
  const certificate = await sign({
    subject: `CN=${server.commonName}`,
    publicKey: keys.publicKey,
    issuer,
    validity,
    extensions: [
      ...endExtensions(ExtendedKeyUsage.serverAuth),
      new SubjectAlternativeNameExtension(
        server.alternativeNames.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
    ],
  });
  return { certificate, keys };
}

/** A client certificate for the SPKI in `publicKey`, whose private half stays with the client. */
export async function createClientCertificate(
  client: { readonly commonName: string; readonly publicKey: Uint8Array<ArrayBuffer> },
  issuer: Signer,
  validity: Validity,
): Promise<X509Certificate> {
  return sign({
    subject: `CN=${client.commonName}`,
    publicKey: client.publicKey,
    issuer,
    validity,
    extensions: endExtensions(ExtendedKeyUsage.clientAuth),
  });
}

async function sign(request: {
  readonly subject: string;
  readonly publicKey: webcrypto.CryptoKey | Uint8Array<ArrayBuffer>;
  readonly issuer: Signer;
  readonly validity: Validity;
  readonly extensions: readonly Extension[];
}): Promise<X509Certificate> {
  const { subject, publicKey, issuer, validity, extensions } = request;
  return X509CertificateGenerator.create({
    subject,
    publicKey,
    issuer: issuer.certificate.subject,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: SIGNING_ALGORITHM,
    ...validity,
    extensions: [
      ...extensions,
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  });
}

async function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
}

function authorityExtensions(pathLength?: number): Extension[] {
  return [
    new BasicConstraintsExtension(true, pathLength, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ];
}

function endExtensions(usage: ExtendedKeyUsage): Extension[] {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([usage]),
  ];
}
