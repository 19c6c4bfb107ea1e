// A gigabyte in fifty sessions at once arrives as it was sent, in both directions and after half-closes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshSeed, SeededRandom } from '../support/seeded-random.ts';
import { startSinkProxy } from '../support/sink-proxy.ts';
import { type Sums, transferAsClient, transferAsServer } from './transfer.ts';

const sessions = 50;
// Ten mebibytes in the middle each way: one gibibyte over all sessions.
const meanBytes = 10.5 * 1024 * 1024;

test('The proxy carries 1 GB in 50 sessions both ways without a change', async (t) => {
  const seed = freshSeed();
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const atServer = new Map<number, Sums>();
  const served: Promise<unknown>[] = [];
  await using started = await startSinkProxy({
    serve: (socket) => {
      const transfer = transferAsServer(socket).then(
        ({ id, sums }) => atServer.set(id, sums),
        // A transfer that fails at its server has no sums here, which the comparison below tells.
        () => socket.destroy(),
      );
      served.push(transfer);
    },
  });
  const { port } = started.proxy;

  const plans = Array.from({ length: sessions }, (_, id) => {
    // What one side has less than the mean the other has more: the sum is fixed, and often one side is done early.
    // At least one: a client that sends its greeting alone and ends has hung up.
    const upBytes = 1 + random.below(meanBytes * 2 - 1);
    return { id, upBytes, downBytes: meanBytes * 2 - upBytes, seed: random.below(2 ** 31) };
  });
  const startedAt = performance.now();
  const atClient = await Promise.all(plans.map((plan) => transferAsClient(port, plan)));
  // A client whose server was done first is done itself as soon as it has sent, and much of that is still on its way.
  await Promise.all(served);
  const seconds = (performance.now() - startedAt) / 1000;
  for (const [id, { sent, received }] of atClient.entries()) {
    assert.deepEqual(
      atServer.get(id),
      { sent: received, received: sent },
      `session ${id} of ${JSON.stringify(plans[id])}`,
    );
  }
  const total = plans.reduce((sum, { upBytes, downBytes }) => sum + upBytes + downBytes, 0);
  assert.ok(total >= 1e9);
  t.diagnostic(`${total} bytes in ${seconds.toFixed(1)} s`);
});
