// A certificate made on the spot, so that none is committed: self-signed, for one host name, valid for a day.

import { generateKeyPairSync, sign } from 'node:crypto';
import { der, hex, pem, time } from './der.ts';

export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

const ecdsaWithSha256 = '06082a8648ce3d040302';
const commonName = '0603550403';
const subjectAltName = '0603551d11';
const basicConstraints = '0603551d13';

export function selfSigned(host: string): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(0x30, hex(ecdsaWithSha256));
  const name = der(0x30, der(0x31, der(0x30, hex(commonName), der(0x0c, Buffer.from(host)))));
  const now = Date.now();
  const validity = der(0x30, time(now - 60_000), time(now + 86_400_000));
  const names = der(0x30, hex(subjectAltName), der(0x04, der(0x30, der(0x82, Buffer.from(host)))));
  const authority = der(0x30, hex(basicConstraints), der(0x04, der(0x30, hex('0101ff'))));
  const body = der(
    0x30,
    der(0xa0, hex('020102')),
    hex('020101'),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, der(0x30, authority, names)),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = der(0x30, body, algorithm, der(0x03, hex('00'), signature));
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    cert: pem(certificate),
  };
}
