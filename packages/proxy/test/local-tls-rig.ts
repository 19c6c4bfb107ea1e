// Local TLS on a port of the loopback, with certificates made on the spot and a record of what becomes of its clients.

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { CertificateAuthority } from '../../connector/test/certificate-authority.ts';
import type { LocalTlsConfig } from '../src/config/config.ts';
import { LocalTls } from '../src/proxy/local-tls.ts';
import { LocalTlsFiles } from '../src/proxy/local-tls-files.ts';
import { ClientRoom } from '../src/proxy/client-room.ts';
import { RefusalRoom } from '../src/proxy/refusal-room.ts';
import { portOf } from './socket-pair.ts';

export { CertificateAuthority };

export interface LocalTlsRigOptions {
  /** Clients must have a certificate of the rig's authority. Default false. */
  readonly needsCertificate?: boolean;
  /** Default 10,000. */
  readonly limitMs?: number;
  readonly mostArriving?: number;
}

export interface LocalTlsRig extends AsyncDisposable {
  readonly tls: LocalTls;
  readonly authority: CertificateAuthority;
  /** What was said of each client that got no further. */
  readonly refusals: readonly string[];
  /** What was said of each change of the files; undefined is a change for the good. */
  readonly reloads: readonly (Error | undefined)[];
  /** Clients that were let in; what they say comes back to them. */
  readonly served: readonly Socket[];
  /** A client that has said nothing yet, and the listener's end of it. */
  open(): Promise<{ readonly near: Socket; readonly far: Socket }>;
  /** Does the handshake over a socket that has been answered `S`, or at once for direct TLS. */
  handshake(near: Socket, options?: ConnectionOptions): Promise<TLSSocket>;
  /** Resolves when that many clients have been turned away. */
  refused(count?: number): Promise<void>;
  /** Resolves when that many clients have been let in. */
  letIn(count?: number): Promise<void>;
  /** Gives the listener a new certificate of another authority, or a file that is none. */
  replaceFiles(by: 'another authority' | 'no certificate'): Promise<CertificateAuthority>;
}

/** Writes a certificate for `localhost`, its key and the authority that clients' certificates must come from. */
export async function writeCertificates(folder: string, authority: CertificateAuthority): Promise<LocalTlsConfig> {
  const { cert, key } = authority.issue({ names: ['localhost', '127.0.0.1'] });
  const paths = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem'), clientCa: join(folder, 'ca.pem') };
  await writeFile(paths.cert, cert);
  await writeFile(paths.key, key, { mode: 0o600 });
  await writeFile(paths.clientCa, authority.cert);
  return paths;
}

export async function startLocalTls(options: LocalTlsRigOptions = {}): Promise<LocalTlsRig> {
  const { needsCertificate = false, limitMs = 10_000, mostArriving = 100 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'alloydb-local-tls-'));
  const authority = new CertificateAuthority();
  const paths = await writeCertificates(folder, authority);
  const refusals: string[] = [];
  const reloads: (Error | undefined)[] = [];
  const served: Socket[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const check of waiting) check();
  };
  const tls = new LocalTls({
    files: new LocalTlsFiles(needsCertificate ? paths : { ...paths, clientCa: undefined }),
    limitMs,
    arriving: new ClientRoom(mostArriving),
    refusals: new RefusalRoom(),
    onClient: (client) => {
      client.on('error', () => client.destroy());
      client.pipe(client);
      served.push(client);
      wake();
    },
    onRefused: (_peer, reason) => {
      refusals.push(reason);
      wake();
    },
    onReload: (error) => reloads.push(error),
  });
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (far) => {
    far.on('error', () => undefined);
    tls.take(far);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const until = (holds: () => boolean): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): void => {
      if (!holds()) return;
      waiting.delete(check);
      resolve();
    };
    waiting.add(check);
    check();
    return promise;
  };
  return {
    tls,
    authority,
    refusals,
    reloads,
    served,
    async open() {
      const near = connect({ port: portOf(server), host: '127.0.0.1', noDelay: true });
      near.on('error', () => undefined);
      const [[far]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(near, 'connect')]);
      return { near, far };
    },
    async handshake(near, more = {}) {
      const socket = connectTls({ socket: near, host: 'localhost', ca: authority.cert, ...more });
      await once(socket, 'secureConnect');
      return socket.on('error', () => undefined);
    },
    refused: (count = 1) => until(() => refusals.length >= count),
    letIn: (count = 1) => until(() => served.length >= count),
    async replaceFiles(by) {
      const other = new CertificateAuthority('another authority');
      if (by === 'another authority') await writeCertificates(folder, other);
      else await writeFile(paths.cert, 'no certificate');
      return other;
    },
    async [Symbol.asyncDispose]() {
      tls.close();
      const closed = once(server, 'close');
      server.close();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
