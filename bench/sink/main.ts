// The sink as a process: a server-side proxy without a database, and its API. `main.ts [--host ADDRESS | --round-trip-ms MS]` prints where it is.

import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { parseArgs } from 'node:util';
import { ClusterAuthority } from '../../packages/emulator/src/pki/cluster-authority.ts';
import { listenOnOwnAddress, type Place } from '../../packages/emulator/src/server-proxy/loopback-address.ts';
import { createSinkApi } from './api.ts';
import { createDelayedServer } from './delayed.ts';
import { sinkName } from './order.ts';
import { readExactly } from './read-exactly.ts';
import { serve } from './serve.ts';

// Port of a server-side proxy: a proxy that is measured may know no other.
const serverProxyPort = 5433;
// Length in four bytes, then field 1 (response_code) = 1 (OK).
const exchangeOk = Buffer.of(0, 0, 0, 2, 8, 1);

const { values } = parseArgs({ options: { host: { type: 'string' }, 'round-trip-ms': { type: 'string' } } });
const authority = await ClusterAuthority.create({ now: Date.now });

const server = createServer({
  requestCert: true,
  rejectUnauthorized: true,
  minVersion: 'TLSv1.3',
  allowHalfOpen: true,
  noDelay: true,
});
server.on('tlsClientError', (error) => process.stderr.write(`sink: handshake failed: ${error.message}\n`));
server.on('secureConnection', (socket) => {
  socket.on('error', () => socket.destroy());
  void greet(socket).then(() => serve(socket));
});
const place = await listen(server);
const { certificate, key, trustedRoot } = await authority.issueServer({
  uid: 'sink',
  names: [place.address, sinkName],
});
server.setSecureContext({ cert: certificate, key, ca: trustedRoot, minVersion: 'TLSv1.3' });

const api = createSinkApi({ authority, address: place.address }).listen(0, values.host ?? '127.0.0.1');
await once(api, 'listening');
const { address, port } = api.address() as AddressInfo;
process.stdout.write(`${JSON.stringify({ ...place, api: `http://${address}:${port}` })}\n`);
// Ends with the benchmark, however that ends.
process.stdin.resume().once('end', () => process.exit(0));

async function listen(sink: Server): Promise<Place> {
  const roundTripMs = values['round-trip-ms'];
  if (roundTripMs !== undefined) {
    sink.listen(0, '127.0.0.1');
    await once(sink, 'listening');
    const { port: behind } = sink.address() as AddressInfo;
    return listenOnOwnAddress(createDelayedServer({ roundTripMs: Number(roundTripMs), port: behind }), serverProxyPort);
  }
  if (values.host === undefined) return listenOnOwnAddress(sink, serverProxyPort);
  sink.listen({ host: values.host, port: serverProxyPort, backlog: 4096 });
  await once(sink, 'listening');
  return { address: values.host, port: serverProxyPort };
}

/** The metadata exchange, where the certificate was asked for with it. What the request says does not matter. */
async function greet(socket: TLSSocket): Promise<void> {
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256 ?? '';
  if (authority.modeOf(fingerprint)?.useMetadataExchange !== true) return;
  const length = await readExactly(socket, 4);
  if (length === undefined || (await readExactly(socket, length.readUInt32BE())) === undefined) return;
  socket.write(exchangeOk);
}
