// What is left to google-auth-library: an exchange that only the certificate of the caller authorises.

import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { test } from 'node:test';
import { ManualClock } from '../../test/manual-clock.ts';
import { scratchFolder } from '../../test/scratch-folder.ts';
import { selfSigned } from '../../test/self-signed.ts';
import { nodeHttpClient } from '../http/http-client.ts';
import { certificateTokens } from './google-auth.ts';

const never = new AbortController().signal;

/** A Security Token Service that gives the fingerprint of the client certificate, and the scope, for a token. */
async function mutualTlsService() {
  const { key, cert } = selfSigned('localhost');
  const subjectTokens: string[] = [];
  const server = createServer({ key, cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const { fingerprint256 } = (request.socket as TLSSocket).getPeerCertificate();
    void text(request).then((body) => {
      const form = new URLSearchParams(body);
      subjectTokens.push(form.get('subject_token') ?? '');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ access_token: `${form.get('scope')} ${fingerprint256}`, expires_in: 3600 }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    cert,
    subjectTokens,
    url: `https://localhost:${port}/v1/token`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

test('certificateTokens presents the certificate that the configuration names, for each scope', async () => {
  await using sts = await mutualTlsService();
  setDefaultCACertificates([sts.cert]);
  using folder = scratchFolder();
  const client = selfSigned('workload');
  const workload = { cert_path: folder.write('cert.pem', client.cert), key_path: folder.write('key.pem', client.key) };
  const json = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
    subject_token_type: 'urn:ietf:params:oauth:token-type:mtls',
    token_url: sts.url,
    service_account_impersonation_url: 'https://iam.invalid/v1/projects/-/serviceAccounts/sa:generateAccessToken',
    credential_source: {
      certificate: { certificate_config_location: folder.write('config.json', { cert_configs: { workload } }) },
    },
  };
  const closed = new AbortController().signal;
  const clock = new ManualClock();
  const seams = { http: nodeHttpClient, clock, env: {}, universeDomain: 'googleapis.com', closed };
  const tokens = certificateTokens(json, { origin: '"wif.json"', seams });
  const [one, two] = await Promise.all([tokens.token('scope-a', never), tokens.token('scope-b', never)]);
  assert.match(one.value, /^scope-a [0-9A-F:]+$/);
  assert.equal(one.value.replace('scope-a', 'scope-b'), two.value);
  assert.ok((one.expiresAt ?? 0) > Date.now());
  assert.deepEqual(new Set(sts.subjectTokens).size, 1);
});
