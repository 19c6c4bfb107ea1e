// Fuzzing as the Admin API: many instances that clients ask for and that are refreshed ahead, against one proxy.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { EchoSession } from '../support/echo-session.ts';
import { startupMessage } from '../support/postgres-messages.ts';
import { startProxy } from '../support/proxy-process.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { iamUser } from '../support/setting.ts';
import { smallHeap } from '../support/small-heap.ts';
import { TlsSink } from '../support/tls-sink.ts';
import { answerWrongly } from './answer-fuzz.ts';
import { Figures, type Fuzz, runRounds } from './fuzz-run.ts';

const cluster = 'projects/p/locations/us-central1/clusters/c/instances';
const instances = Array.from({ length: 100 }, (_, index) => `${cluster}/i${index}`);
// Short, so that instances which got a right answer are refreshed soon, with wrong ones.
const certificateLifeMs = 3_000;
// Long, so that nothing is on its way any more when the descriptors are counted.
const honestLifeMs = 3_600_000;
const patienceMs = 500;
// What the API has refused is believed for 10 seconds.
const recoveryMs = 20_000;

export const fuzzApi: Fuzz = async (options) => {
  const random = new SeededRandom(options.seed);
  await using sink = await TlsSink.start({ serve: (socket) => void socket.pipe(socket) });
  using api = await FuzzingApi.start(sink, random);
  await using proxy = await startProxy(
    [
      '--port=0',
      '--token=unused',
      `--alloydbadmin-api-endpoint=${api.endpoint}`,
      ...instances.map((uri) => `${uri}?dial-address=${sink.dialAddress}`),
    ],
    { entry: 'e2e/fuzz/fuzz-proxy.ts', env: smallHeap.env },
  );
  const [first = 0, ...others] = proxy.ports;
  const figures = new Figures(proxy);
  await runRounds(options, async (own) => ask(own.pick([first, ...others])));
  const calls = api.calls;
  api.becomeHonest();
  const deadline = Date.now() + recoveryMs;
  await Promise.all(proxy.ports.map(async (port) => assertServed(port, deadline)));
  return { rounds: calls, figures: await figures.assertSettled() };
};

class FuzzingApi implements Disposable {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #sink: TlsSink;
  readonly #random: SeededRandom;
  #honest = false;
  #calls = 0;

  private constructor(sink: TlsSink, random: SeededRandom) {
    this.#sink = sink;
    this.#random = random;
  }

  static async start(sink: TlsSink, random: SeededRandom): Promise<FuzzingApi> {
    const api = new FuzzingApi(sink, random);
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get calls(): number {
    return this.#calls;
  }

  /** From here on every answer is right; those that never end are cut. */
  becomeHonest(): void {
    this.#honest = true;
    this.#server.closeAllConnections();
  }

  [Symbol.dispose](): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#calls += 1;
    // The socket may be gone before the answer is; who asked hears of it, and only that one matters here.
    response.on('error', () => undefined);
    const right = await this.#rightAnswer(request).catch(() => undefined);
    // Often enough right, so that some instances come to live and the next wrong answer meets a living one.
    if (this.#honest || this.#random.chance(0.4)) response.end(JSON.stringify(right));
    else await answerWrongly(response, right, this.#random);
  }

  async #rightAnswer(request: IncomingMessage): Promise<unknown> {
    if (request.method === 'GET')
      return { name: 'x', ipAddress: '127.0.0.1', publicIpAddress: '', instanceUid: '8bd7' };
    const { publicKey } = (await json(request)) as { readonly publicKey: string };
    return this.#sink.clientChain(publicKey, this.#honest ? honestLifeMs : certificateLifeMs);
  }
}

/** A client who does not wait long for an instance that may never be known. */
async function ask(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined).resume();
  socket.write(startupMessage(iamUser));
  await Promise.race([closed, sleep(patienceMs)]);
  socket.destroy();
  await closed;
}

async function assertServed(port: number, deadline: number): Promise<void> {
  for (;;) {
    try {
      using session = await EchoSession.open(port);
      return await session.round();
    } catch (error) {
      assert.ok(Date.now() < deadline, `port ${port} is still not served: ${String(error)}`);
      await sleep(100);
    }
  }
}
