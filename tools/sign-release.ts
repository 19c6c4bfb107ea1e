// Signs the checksums of the built executables with the key of releases, which stands in the environment and nowhere else.

import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const out = 'dist-executables';
const pem = process.env['ALLOYDB_RELEASE_PRIVATE_KEY'];
const builtIn = process.env['ALLOYDB_RELEASE_PUBLIC_KEY'];
if (pem === undefined || builtIn === undefined) {
  fail('set ALLOYDB_RELEASE_PRIVATE_KEY (PEM) and ALLOYDB_RELEASE_PUBLIC_KEY: docs/updates.md');
}

const sums = readFileSync(join(out, 'SHA256SUMS'));
const signature = sign(null, sums, createPrivateKey(pem));
// The executables believe in the key that they were built with: a release that they would refuse must not come about.
const publicKey = createPublicKey({ key: Buffer.from(builtIn, 'base64'), format: 'der', type: 'spki' });
if (publicKey.asymmetricKeyType !== 'ed25519' || !verify(null, sums, publicKey, signature)) {
  fail('ALLOYDB_RELEASE_PUBLIC_KEY is not the Ed25519 key that belongs to ALLOYDB_RELEASE_PRIVATE_KEY');
}
writeFileSync(join(out, 'SHA256SUMS.sig'), signature);
process.stdout.write(`signed ${join(out, 'SHA256SUMS')}\n`);

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
