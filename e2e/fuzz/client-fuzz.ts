// Fuzzing from the client's side: hostile clients in front, a real database behind.

import assert from 'node:assert/strict';
import { queryWithPg } from '../support/clients.ts';
import { startProxy } from '../support/proxy-process.ts';
import { iamUser, setUp } from '../support/setting.ts';
import { smallHeap } from '../support/small-heap.ts';
import { Figures, type Fuzz, runRounds } from './fuzz-run.ts';
import { hostileClient } from './hostile-client.ts';

const warmUpClients = 20;

export const fuzzClient: Fuzz = async (options) => {
  await using setting = await setUp();
  await using proxy = await startProxy([...setting.flags, '--auto-iam-authn', setting.instance], smallHeap);
  const login = { port: proxy.port, user: iamUser };
  for (let count = 0; count < warmUpClients; count += 1) await queryWithPg(login, 'select 1');
  const figures = new Figures(proxy);
  const rounds = await runRounds(options, async (random) => hostileClient(proxy.port, random));
  assert.equal(await queryWithPg(login, 'select 1'), 1, 'an honest client is still served');
  return { rounds, figures: await figures.assertSettled() };
};
