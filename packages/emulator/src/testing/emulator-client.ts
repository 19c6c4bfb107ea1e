// A small client of the emulator for its tests, written by hand against the bytes and not against the emulator's own code.

import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Emulator } from '../emulator.ts';
import type { EmulatorInstance } from '../endpoints.ts';
import type { ServiceAccountKey } from '../iam/service-account-keys.ts';
import { readExactly } from '../read-exactly.ts';

export interface ClientCertificate {
  readonly key: string;
  /** Leaf, intermediate, root. */
  readonly chain: readonly string[];
  readonly caCert: string;
}

// Making an RSA key takes longer than most tests; one for all of a file will do.
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const clientKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
export const spkiPem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
export const pkcs1Pem = keys.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString();

export function signJwt(
  key: ServiceAccountKey,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
): string {
  const head = { alg: 'RS256', typ: 'JWT', kid: key.private_key_id, ...header };
  const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key.private_key).toString('base64url')}`;
}

export async function requestToken(tokenUri: string, assertion: string): Promise<Response> {
  return fetch(tokenUri, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }),
  });
}

export async function callApi(
  emulator: Pick<Emulator, 'apiEndpoint'>,
  call: { readonly path: string; readonly token?: string; readonly body?: unknown },
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { path, token, body } = call;
  const response = await fetch(`${emulator.apiEndpoint}${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  return { status: response.status, body: await response.json() };
}

export async function requestCertificate(
  emulator: Emulator,
  options: { readonly token: string; readonly useMetadataExchange?: boolean; readonly instance?: EmulatorInstance },
): Promise<ClientCertificate> {
  const { token, useMetadataExchange = true, instance = firstInstance(emulator) } = options;
  const cluster = instance.uri.replace(/\/instances\/.*/, '');
  const { status, body } = await callApi(emulator, {
    path: `/v1alpha/${cluster}:generateClientCertificate?$alt=json;enum-encoding=int`,
    token,
    body: { parent: cluster, certDuration: '3600s', publicKey: pkcs1Pem, useMetadataExchange },
  });
  if (status !== 200) throw new Error(`No certificate: ${JSON.stringify(body)}`);
  const { pemCertificateChain, caCert } = body as { pemCertificateChain: string[]; caCert: string };
  return { key: clientKey, chain: pemCertificateChain, caCert };
}

export function firstInstance(emulator: Emulator): EmulatorInstance {
  const [instance] = emulator.instances;
  if (instance === undefined) throw new Error('No instance');
  return instance;
}

/** Resolves when the client's side of the handshake is done; a refusal comes later. */
export async function dial(
  instance: Pick<EmulatorInstance, 'address' | 'port'>,
  certificate: Partial<ClientCertificate> & Pick<ClientCertificate, 'caCert'>,
  signal: AbortSignal = AbortSignal.timeout(60_000),
): Promise<TLSSocket> {
  const { chain, key, caCert } = certificate;
  const options = {
    host: instance.address,
    port: instance.port,
    minVersion: 'TLSv1.3' as const,
    ca: caCert,
    allowHalfOpen: true,
    ...(chain === undefined || key === undefined ? {} : { cert: chain.slice(0, 2).join(''), key }),
  };
  const socket = connect(options);
  try {
    await once(socket, 'secureConnect', { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return socket;
}

export const DB_NATIVE = 1;
export const AUTO_IAM = 2;

export function exchangeRequest(authType: number, token: string): Buffer {
  const agent = Buffer.from('emulator-test/1');
  const tokenBytes = Buffer.from(token);
  const body = Buffer.concat([
    Buffer.from([0x0a, agent.length]),
    agent,
    Buffer.from([0x10, authType]),
    Buffer.from([0x1a, (tokenBytes.length & 0x7f) | 0x80, tokenBytes.length >> 7]),
    tokenBytes,
  ]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Everything that arrives until the other side ends; throws what the socket throws. */
export async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Does the exchange, and gives the socket with everything behind the OK still in it. @throws Error with the server's text. */
export async function openSession(
  emulator: Emulator,
  options: {
    readonly token: string;
    readonly authType?: number;
    readonly certificate?: ClientCertificate;
    readonly instance?: EmulatorInstance;
  },
): Promise<TLSSocket> {
  const { token, authType = DB_NATIVE, instance = firstInstance(emulator) } = options;
  const certificate = options.certificate ?? (await requestCertificate(emulator, { token, instance }));
  const socket = await dial(instance, certificate);
  socket.write(exchangeRequest(authType, token));
  const signal = AbortSignal.timeout(60_000);
  const length = (await readExactly(socket, 4, signal)).readUInt32BE(0);
  const reply = await readExactly(socket, length, signal);
  if (!reply.equals(Buffer.from([0x08, 0x01]))) {
    socket.destroy();
    throw new Error(reply.subarray(4).toString());
  }
  return socket;
}
