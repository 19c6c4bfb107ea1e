// Run by Bun: handshakes and streams of its transport with real servers. Ends with 0 when all is as it should be.

import assert from 'node:assert/strict';
import { createHash, randomBytes, type X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, isIP, type Server, type Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { CertificateAuthority } from '../../connector/test/certificate-authority.ts';
import { runtimeTransport } from '../src/transport/runtime-transport.ts';

const host = '127.0.0.1';
const authority = new CertificateAuthority();
const stranger = new CertificateAuthority('somebody else');
const client = authority.issue({ commonName: 'client' });
const identity = { chain: [client.cert], privateKey: client.key, serverCa: authority.cert };
const good = authority.issue({ names: [host, 'a.psc.goog'] });
const transport = runtimeTransport ?? assert.fail('this is not Bun');
const announced: string[] = [];

async function portOf(server: Server): Promise<number> {
  server.listen(0, host).unref();
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const note: NonNullable<TlsOptions['SNICallback']> = (name, done) => {
  announced.push(name);
  done(null);
};

function serve(tls: TlsOptions, answer: (socket: TLSSocket) => void = () => undefined): Promise<number> {
  const lenient = { requestCert: true, rejectUnauthorized: false, SNICallback: note };
  const server = createServer({ ...lenient, ...tls, allowHalfOpen: true });
  server.on('secureConnection', (socket) => answer(socket.on('error', () => undefined)));
  return portOf(server);
}

function verify(serverName: string) {
  return (certificate: X509Certificate): Error | undefined => {
    const named =
      isIP(serverName) === 0
        ? certificate.checkHost(serverName, { wildcards: false })
        : certificate.checkIP(serverName);
    return named === undefined ? new Error('misnamed') : undefined;
  };
}

async function connect(port: number, { serverName = host, limitMs = 10_000 } = {}): Promise<TLSSocket> {
  const signal = AbortSignal.timeout(limitMs);
  const request = { host, port, serverName, identity, keepAliveMs: 30_000 };
  const opened = await (transport.open(request, signal) ?? assert.fail('it is not taken'));
  return opened.secured(verify(serverName), signal);
}

function gather(socket: Socket): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (chunks.length % 7 !== 0) return;
    socket.pause();
    setImmediate(() => socket.resume());
  });
  socket.once('end', () => resolve(Buffer.concat(chunks)));
  return promise;
}

function sum(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

// Who is trusted.
(await connect(await serve(good))).destroy();
assert.deepEqual(announced, [], 'an address is no name');
(await connect(await serve(good), { serverName: 'a.psc.goog' })).destroy();
assert.deepEqual(announced, ['a.psc.goog']);
const refused: readonly (readonly [TlsOptions, object])[] = [
  [authority.issue({ names: ['10.0.0.6'] }), { message: 'misnamed' }],
  [authority.issue({ commonName: host }), { message: 'misnamed' }],
  [stranger.issue({ names: [host] }), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }],
  [authority.issue({ names: [host], notAfter: Date.now() - 60_000 }), { code: 'CERT_HAS_EXPIRED' }],
  [{ ...good, maxVersion: 'TLSv1.2' }, { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }],
];
for (const [tls, error] of refused) await assert.rejects(connect(await serve(tls)), error);
await assert.rejects(
  connect(await serve(authority.issue({ names: ['*.psc.goog'] })), { serverName: 'a.psc.goog' }),
  /misnamed/,
);

// Servers that speak no TLS.
const plain = (answer: (socket: Socket) => void): Promise<number> =>
  portOf(createTcpServer((socket) => answer(socket.on('error', () => undefined))));
await assert.rejects(connect(await plain((socket) => socket.end().resume())), { code: 'ECONNRESET' });
await assert.rejects(connect(await plain((socket) => socket.resetAndDestroy())), { code: 'ECONNRESET' });
await assert.rejects(connect(await plain((socket) => socket.write('HTTP/1.1 400\r\n\r\n'))), {
  code: 'ERR_SSL_WRONG_VERSION_NUMBER',
});
const silent = Promise.withResolvers<Socket>();
const shaking = connect(await plain((socket) => silent.resolve(socket.resume())), { limitMs: 200 });
const gone = once(await silent.promise, 'close');
await assert.rejects(shaking, { name: 'TimeoutError' });
await gone;
await assert.rejects(connect(1), { code: 'ECONNREFUSED', message: `connect ECONNREFUSED ${host}:1` });

// A client certificate that the server refuses shows behind the handshake.
const unwelcome = await connect(await serve({ ...good, ca: stranger.cert, rejectUnauthorized: true }));
const refusal = Promise.race([once(unwelcome, 'end'), once(unwelcome, 'close')]);
unwelcome.resume();
await refusal;
unwelcome.destroy();

// Every byte both ways, with readers that stop again and again.
const bytes = randomBytes(12_000_000);
const echoed = await connect(await serve(good, (socket) => void gather(socket).then((all) => socket.end(all))));
const back = gather(echoed);
for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 150_001) {
  if (!echoed.write(bytes.subarray(at, at + size))) await once(echoed, 'drain');
}
echoed.end();
assert.equal(sum(await back), sum(bytes));

// An end of the server leaves the other direction open.
const heard = Promise.withResolvers<string>();
const farewell = await connect(
  await serve(good, (socket) => {
    socket.end('bye');
    void gather(socket).then((all) => heard.resolve(all.toString()));
  }),
);
assert.equal((await gather(farewell)).toString(), 'bye');
const over = once(farewell, 'close');
farewell.end('last words');
assert.equal(await heard.promise, 'last words');
await over;

// A peer that does not read makes the writer wait.
const deaf = await connect(await serve(good, (socket) => socket.pause()));
for (let sent = 0; deaf.write(Buffer.alloc(1_000_000)); sent += 1) assert.ok(sent < 100, 'nobody reads all that');
assert.ok(deaf.writableLength <= 1_000_000);
const dropped = once(deaf, 'close');
deaf.destroy();
await dropped;
