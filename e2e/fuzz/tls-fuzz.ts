// Fuzzing the TLS of the listener: broken requests, handshakes and records, and noise inside sound ones.

import assert from 'node:assert/strict';
import { Client } from 'pg';
import { writeLocalCertificates } from '../support/local-certificates.ts';
import { startProxy } from '../support/proxy-process.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { iamUser, setUp } from '../support/setting.ts';
import { smallHeap } from '../support/small-heap.ts';
import { Wire } from '../support/wire.ts';
import { Figures, type Fuzz, runRounds } from './fuzz-run.ts';
import { flipped, hostileClient } from './hostile-client.ts';
import { hostileTlsClient } from './hostile-tls-client.ts';

const warmUpClients = 20;

export const fuzzTls: Fuzz = async (options) => {
  await using setting = await setUp();
  const { caText: ca, flags } = await writeLocalCertificates(setting.folder);
  await using proxy = await startProxy([...setting.flags, '--auto-iam-authn', ...flags, setting.instance], smallHeap);
  const flipper = new SeededRandom(options.seed);
  await using wire = await Wire.start({ host: '127.0.0.1', port: proxy.port }, (chunk) =>
    flipper.chance(0.2) ? flipped(chunk, flipper) : chunk,
  );
  const ports = { damaged: wire.port, plain: proxy.port };
  for (let count = 0; count < warmUpClients; count += 1) await queryOverTls(proxy.port, ca);
  const figures = new Figures(proxy);
  const rounds = await runRounds(options, async (random) =>
    random.chance(0.3) ? hostileClient(proxy.port, random) : hostileTlsClient(ports, random),
  );
  assert.equal(await queryOverTls(proxy.port, ca), 1, 'an honest client is still served');
  return { rounds, figures: await figures.assertSettled() };
};

async function queryOverTls(port: number, ca: string): Promise<unknown> {
  const client = new Client({ host: 'localhost', port, user: iamUser, database: 'postgres', ssl: { ca } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<{ one: number }>('select 1 as one')).rows[0]?.one;
  } finally {
    await client.end();
  }
}
