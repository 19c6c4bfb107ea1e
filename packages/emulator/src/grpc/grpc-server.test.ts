// The Admin API over gRPC, asked by a client of the same library with message definitions of the published numbers.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ChannelCredentials, Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type Emulator, startEmulator } from '../index.ts';
import { grpcMessage } from './admin-proto.ts';
import { RPCS } from './rpcs.ts';

const cluster = 'projects/local/locations/us-central1/clusters/demo';
const uri = `${cluster}/instances/primary`;
const account = 'grpc@local.iam.gserviceaccount.com';

let emulator: Emulator;
let client: Client;

before(async () => {
  const pscDnsName = 'x.us-central1.alloydb-psc.goog.';
  emulator = await startEmulator({ grpcPort: 0, instances: [{ uri, publicIp: true, pscDnsName }] });
  assert.ok(emulator.grpc);
  client = new Client(emulator.grpc.endpoint, credentials.createSsl(Buffer.from(emulator.grpc.authority)));
});
after(async () => {
  client.close();
  await emulator.close();
});

interface Call {
  readonly version?: string;
  readonly token?: string;
}

async function call(rpc: string, fields: object, { version = 'v1beta', token }: Call = {}): Promise<object> {
  const row = RPCS[rpc];
  assert.ok(row);
  const Request = grpcMessage(row.request);
  const Response = grpcMessage(row.response);
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token ?? emulator.mintToken(account)}`);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `/google.cloud.alloydb.${version}.AlloyDBAdmin/${rpc}`,
      (value: object) => Buffer.from(Request.encode(Request.fromObject(value)).finish()),
      (bytes) => Response.toObject(Response.decode(bytes), { enums: String }),
      fields,
      metadata,
      (error, value) => (error === null ? resolve(value ?? {}) : reject(error)),
    );
  });
}

/** The error of a call, and the details in its trailer by their type. */
async function refusal(calling: Promise<object>) {
  const error = await calling.then(
    () => assert.fail('the call succeeded'),
    (reason: unknown) => reason as ServiceError,
  );
  const [packed] = error.metadata.get('grpc-status-details-bin');
  const Status = grpcMessage('Status');
  const status = Status.toObject(Status.decode(Buffer.from(packed ?? ''))) as {
    readonly details?: readonly { readonly typeUrl: string; readonly value: Uint8Array }[];
  };
  const details = (status.details ?? []).map(({ typeUrl, value }) => {
    const Type = grpcMessage(typeUrl.replace('type.googleapis.com/google.rpc.', ''));
    return Type.toObject(Type.decode(value));
  });
  return { code: error.code, text: error.details, details };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

test('GetConnectionInfo gives the addresses, and the PSC name to those versions that have it', async () => {
  const info = await call('GetConnectionInfo', { parent: uri });
  const [instance] = emulator.instances;
  assert.deepEqual(info, {
    name: `${uri}/connectionInfo`,
    ipAddress: instance?.address,
    publicIpAddress: instance?.publicAddress,
    pscDnsName: instance?.pscDnsName,
    instanceUid: instance?.uid,
  });
  assert.ok(!('pscDnsName' in (await call('GetConnectionInfo', { parent: uri }, { version: 'v1' }))));
});

test('GenerateClientCertificate signs the key, and remembers whether the exchange was wanted', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const wanted = { parent: cluster, publicKey: pem, certDuration: { seconds: 3600 }, useMetadataExchange: false };
  const reply = (await call('GenerateClientCertificate', wanted)) as { pemCertificateChain: string[]; caCert: string };
  assert.equal(reply.pemCertificateChain.length, 3);
  assert.equal(reply.pemCertificateChain[2], reply.caCert);
});

test('GetInstance and ListInstances show what REST shows', async () => {
  emulator.grantRole(account, 'roles/alloydb.viewer');
  const instance = (await call('GetInstance', { name: uri })) as Record<string, unknown>;
  assert.equal(instance['state'], 'READY');
  assert.equal(instance['instanceType'], 'PRIMARY');
  const list = await call('ListInstances', { parent: 'projects/local/locations/-/clusters/-', pageSize: 10 });
  assert.deepEqual(list, { instances: [instance] });
  const clusters = (await call('ListClusters', { parent: 'projects/local/locations/-' })) as { clusters: object[] };
  assert.equal(clusters.clusters.length, 1);
});

test('A refusal has the code of gRPC and the details of the REST error', async () => {
  const unknown = `${cluster}/instances/unknown`;
  assert.equal((await refusal(call('GetConnectionInfo', { parent: unknown }))).code, 5);
  const { code, text, details } = await refusal(call('GetConnectionInfo', { parent: uri }, { token: 'ya29.unknown' }));
  assert.equal(code, 16);
  assert.match(text, /invalid authentication credentials/);
  assert.equal(details[0]?.['reason'], 'ACCESS_TOKEN_TYPE_UNSUPPORTED');
});

test('A fault of the Admin API reaches clients of gRPC too', async () => {
  emulator.addFault({ kind: 'api-error', status: 503, retryDelaySeconds: 2 });
  const { code, details } = await refusal(call('GetConnectionInfo', { parent: uri }));
  assert.equal(code, 14);
  assert.equal(Number((details.at(-1)?.['retryDelay'] as { readonly seconds?: number } | undefined)?.seconds), 2);
});

test('A service account may sign its bearer token by itself, as clients of gRPC do', async () => {
  const key = await emulator.serviceAccountKey(account);
  const now = Math.floor(Date.now() / 1000);
  const jwt = (claims: object): string => {
    const signed = `${part({ alg: 'RS256', kid: key.private_key_id })}.${part({ iss: account, sub: account, iat: now, exp: now + 3600, ...claims })}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key.private_key).toString('base64url')}`;
  };
  const good = [
    { aud: 'https://alloydb.googleapis.com/' },
    { scope: 'https://www.googleapis.com/auth/cloud-platform' },
  ];
  for (const claims of good) await call('GetConnectionInfo', { parent: uri }, { token: jwt(claims) });
  const bad = [
    { aud: 'https://storage.googleapis.com/' },
    { aud: 'https://alloydb.googleapis.com/', iss: 'other@local.iam.gserviceaccount.com' },
    { aud: 'https://alloydb.googleapis.com/', exp: now - 1 },
  ];
  for (const claims of bad) {
    const { code } = await refusal(call('GetConnectionInfo', { parent: uri }, { token: jwt(claims) }));
    assert.equal(code, 16, JSON.stringify(claims));
  }
});

test('Without the right to trust its authority nobody talks to it', async () => {
  assert.ok(emulator.grpc);
  const stranger = new Client(emulator.grpc.endpoint, ChannelCredentials.createSsl());
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  stranger.waitForReady(Date.now() + 1_000, resolve);
  assert.ok((await promise) instanceof Error);
  stranger.close();
});
