// Fuzzing as the Admin API: many instances, each of which asks a few times before its limit, against proxies that come and go.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startupMessage } from '../support/postgres-messages.ts';
import { type ProxyProcess, startProxy } from '../support/proxy-process.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { iamUser } from '../support/setting.ts';
import { smallHeap } from '../support/small-heap.ts';
import { answerWrongly } from './answer-fuzz.ts';
import { Figures, type Fuzz } from './fuzz-run.ts';

const cluster = 'projects/p/locations/us-central1/clusters/c/instances';
// The connector asks twice at once for one instance and then every 30 seconds, so calls come from many instances.
const instances = Array.from({ length: 100 }, (_, index) => `${cluster}/i${index}`);
const lanes = 10;
const patienceMs = 500;

const rightInfo = { name: 'x', ipAddress: '127.0.0.2', publicIpAddress: '', instanceUid: '8bd7' };
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const rightCertificate = { pemCertificateChain: [pem, pem, pem], caCert: pem };

export const fuzzApi: Fuzz = async ({ seed, seconds }) => {
  const deadline = Date.now() + seconds * 1000;
  const random = new SeededRandom(seed);
  let calls = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    calls += 1;
    request.resume();
    const right = request.method === 'GET' ? rightInfo : rightCertificate;
    // The socket may be gone before the answer is; who asked hears of it, and only that one matters here.
    response.on('error', () => undefined);
    void answerWrongly(response, right, random);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let figures = '';
  let proxies = 0;
  try {
    while (Date.now() < deadline) {
      await using proxy = await startProxy(
        [
          '--port=0',
          '--token=unused',
          `--alloydbadmin-api-endpoint=${endpoint}`,
          // Ahead, an instance would be asked again only after its failures; so every client asks.
          '--lazy-refresh',
          ...instances,
        ],
        smallHeap,
      );
      const before = new Figures(proxy);
      await askForAll(proxy, deadline);
      server.closeAllConnections();
      figures = await before.assertSettled();
      proxies += 1;
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return { rounds: calls, figures: `${proxies} proxies, the last one: ${figures}` };
};

async function askForAll({ ports }: ProxyProcess, deadline: number): Promise<void> {
  const queue = [...ports, ...ports];
  const lane = async (): Promise<void> => {
    for (let port = queue.pop(); port !== undefined && Date.now() < deadline; port = queue.pop()) await ask(port);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** A client whose instance cannot be known, and who does not wait long. */
async function ask(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined).resume();
  socket.write(startupMessage(iamUser));
  await Promise.race([closed, sleep(patienceMs)]);
  socket.destroy();
  await closed;
}
