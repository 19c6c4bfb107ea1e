// --port-conflict=next: the proxy starts although its ports are taken, and says where it listens instead.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { freePorts } from './support/free-ports.ts';
import { runProxy, startProxy } from './support/proxy-process.ts';
import { inWine } from './support/proxy-system.ts';
import { iamUser, setUp } from './support/setting.ts';

const primary = 'projects/local/locations/us-central1/clusters/demo/instances/primary';
const replica = 'projects/local/locations/us-central1/clusters/demo/instances/replica';

test('--port-conflict=next moves an instance to a free port and leaves the others theirs', async () => {
  await using setting = await setUp({ instances: [primary, replica] });
  const base = await freePorts(4);
  await using holder = createServer().listen(base, '127.0.0.1');
  await once(holder, 'listening');
  const flags = [...setting.flags.slice(0, -2), '-i', '--port', String(base)];

  const refused = await runProxy([...flags, primary, replica]);
  assert.equal(refused.exit.code, 1);
  assert.match(refused.stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${base}: address in use`));

  await using proxy = await startProxy([...flags, '--port-conflict=next', primary, replica]);
  assert.deepEqual(proxy.ports, [base + 2, base + 1]);
  const who = process.platform === 'linux' && !inWine ? `process ${process.pid} \\(.+\\)` : 'another process';
  await proxy.waitFor(
    new RegExp(`\\[local\\.us-central1\\.demo\\.primary\\] 127\\.0\\.0\\.1:${base} is taken: ${who}`),
  );
  for (const port of proxy.ports) assert.equal(await queryWithPg({ port, user: iamUser }, 'select 1'), 1);
});
