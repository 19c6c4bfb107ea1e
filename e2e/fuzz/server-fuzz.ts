// Fuzzing from the server's side: a wire that flips bytes, a server that speaks noise, one that answers the exchange with noise.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { queryWithPg } from '../support/clients.ts';
import { queryMessage, startupMessage } from '../support/postgres-messages.ts';
import { startProxy } from '../support/proxy-process.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { iamUser, serviceAccount, setUp } from '../support/setting.ts';
import { smallHeap } from '../support/small-heap.ts';
import { writeStaticInfo } from '../support/static-info.ts';
import { exchangeOk, TlsSink } from '../support/tls-sink.ts';
import { Wire } from '../support/wire.ts';
import { Figures, type Fuzz, runRounds } from './fuzz-run.ts';
import { flipped } from './hostile-client.ts';

const cluster = 'projects/p/locations/us-central1/clusters/c/instances';
const [noisy, lying] = [`${cluster}/noisy`, `${cluster}/lying`];
// A connection whose server has fallen silent is left after this long.
const patienceMs = 1_000;

export const fuzzServer: Fuzz = async (options) => {
  const random = new SeededRandom(options.seed);
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const { address, port } = emulator.instances[0] ?? assert.fail('the emulator has no instance');
  let flips = false;
  const flipper = random.fork();
  await using wire = await Wire.start({ host: address, port }, (chunk) =>
    // Rarely, so that damage comes before, during and behind the handshake.
    flips && flipper.chance(0.1) ? flipped(chunk, flipper) : chunk,
  );
  await using noise = await startNoise(random.fork());
  const liar = random.fork();
  await using sink = await TlsSink.start({ serve: (socket) => socket.resume().end(), reply: () => lie(liar) });

  const info = await writeStaticInfo(setting, { [instance]: { ipAddress: address } });
  const entries = JSON.parse(readFileSync(info, 'utf8')) as { readonly privateKey: string };
  const entry = await sink.staticEntry(entries.privateKey);
  writeFileSync(info, JSON.stringify({ ...entries, [noisy]: entry, [lying]: entry }));
  await using proxy = await startProxy(
    [
      '--port=0',
      '--auto-iam-authn',
      // A client that has sent its query and ended is still owed an answer: a server that stalls is left after this time.
      '--dial-timeout=5s',
      `--token=${emulator.mintToken(serviceAccount)}`,
      `--static-connection-info=${info}`,
      `${instance}?dial-address=${wire.dialAddress}`,
      `${noisy}?dial-address=127.0.0.1:${noise.port}`,
      `${lying}?dial-address=${sink.dialAddress}`,
    ],
    smallHeap,
  );
  const login = { port: proxy.port, user: iamUser };
  for (let count = 0; count < 20; count += 1) await queryWithPg(login, 'select 1');
  const figures = new Figures(proxy);

  flips = true;
  const [first = 0, ...others] = proxy.ports;
  const rounds = await runRounds(options, async (own) => ordinaryClient(own.pick([first, ...others])));
  flips = false;
  // A client that left is still owed its answer, so the proxy waits for a server that a broken length keeps waiting.
  wire.strike('reset');
  assert.equal(await queryWithPg(login, 'select 1'), 1, 'a client of an honest server is still served');
  return { rounds, figures: await figures.assertSettled() };
};

/** Does what any client does, and leaves when nothing more comes. */
async function ordinaryClient(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined).resume();
  socket.write(
    Buffer.concat([startupMessage(iamUser), queryMessage('select repeat($$x$$, 50000)'), Buffer.from('X\0\0\0\x04')]),
  );
  const patience = new AbortController();
  await Promise.race([closed, sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
  patience.abort();
  socket.destroy();
  await closed;
}

interface NoiseServer extends AsyncDisposable {
  readonly port: number;
}

/** Answers with random bytes, sometimes in the shape of TLS records, and goes on or leaves. */
async function startNoise(random: SeededRandom): Promise<NoiseServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => undefined);
    socket.resume();
    const body = random.bytes(random.below(3000));
    const record = Buffer.of(
      random.pick([20, 21, 22, 23]),
      3,
      random.pick([1, 3, 4]),
      body.length >> 8,
      body.length & 0xff,
    );
    socket.write(random.chance(0.5) ? body : Buffer.concat([record, body]));
    const act = random.pick<() => unknown>([() => socket.end(), () => socket.resetAndDestroy(), () => undefined]);
    act();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A reply of the metadata exchange that is wrong somewhere: in its length, in its protobuf, or altogether. */
function lie(random: SeededRandom): Buffer {
  const body = random.bytes(random.below(300));
  const framed = Buffer.alloc(4 + body.length);
  framed.writeUInt32BE(random.chance(0.7) ? body.length : random.below(2 ** 32));
  body.copy(framed, 4);
  return random.pick([framed, body, flipped(exchangeOk, random), Buffer.concat([exchangeOk, body])]);
}
