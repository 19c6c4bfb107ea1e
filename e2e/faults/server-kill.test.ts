// The process at the other end of the proxy's connection is killed, in every phase, and comes back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { freePorts } from '../support/free-ports.ts';
import { KillableWire } from '../support/killable-wire.ts';
import { openDescriptors, skipUnlessCounted } from '../support/process-figures.ts';
import { iamUser, setUp } from '../support/setting.ts';
import type { WireTarget } from '../support/wire.ts';
import { Bystander } from './bystander.ts';
import { serverKills } from './kills.ts';
import { limitMs, startup } from './phases.ts';
import { assertServed, descriptorsBackAt, instanceUris } from './rig.ts';
import { Victim } from './victim.ts';

interface Killed {
  readonly kill: (typeof serverKills)[number];
  /** Where the proxy listens. */
  readonly port: number;
  /** Where the process listens that is killed, and what it leads to. */
  readonly wire: { readonly port: number; readonly target: WireTarget };
}

test('The proxy survives that the process it is connected to is killed', { skip: skipUnlessCounted }, async (t) => {
  await using setting = await setUp({
    instances: instanceUris(serverKills.length),
    serverProxyPort: await freePorts(1),
  });
  const [own, ...others] = setting.emulator.instances;
  const base = await freePorts(others.length);
  const proxy = await setting.startProxy(
    '--auto-iam-authn',
    '--lazy-refresh',
    `${own?.uri}?dial-address=${own?.address}:${own?.port}`,
    ...others.map(({ uri, address }, index) => `${uri}?dial-address=${address}:${base + index}`),
  );
  const [ownPort = 0, ...ports] = proxy.ports;
  const client = new Client({ host: '127.0.0.1', port: ownPort, user: iamUser, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  await using undo = new AsyncDisposableStack();
  undo.defer(() => client.end());
  const bystander = undo.use(
    new Bystander(async () => {
      await client.query('select 1');
    }),
  );
  const descriptors = openDescriptors(proxy.pid);

  for (const [index, kill] of serverKills.entries()) {
    const { address: host = '', port = 0 } = others[index] ?? {};
    const wire = { port: base + index, target: { host, port } };
    await t.test(`The client hears of a server killed in ${typeof kill === 'string' ? kill : kill.name}`, async () => {
      await survive({ kill, port: ports[index] ?? 0, wire });
      await descriptorsBackAt(proxy.pid, descriptors);
      bystander.assertUnharmed();
      proxy.assertNoUnhandledError();
    });
  }
  const { rounds, slowestMs } = bystander.figures;
  t.diagnostic(`descriptors ${descriptors}, then ${openDescriptors(proxy.pid)}`);
  t.diagnostic(`the bystander worked ${rounds} times, at most ${slowestMs} ms`);
});

async function survive({ kill, port, wire }: Killed): Promise<void> {
  {
    await using server = await KillableWire.start({ ...wire, stallAt: typeof kill === 'string' ? kill : undefined });
    using victim = new Victim(port);
    if (typeof kill === 'string') {
      victim.send(startup);
      await server.stalled();
      await server.kill();
      assert.equal(await victim.ending(1, limitMs), 'error', 'a client whose dial fails is told');
    } else {
      await kill.enter(victim);
      await server.kill();
      victim.send(kill.rest);
      assert.notEqual(await victim.ending(kill.readyCount, limitMs), 'complete');
    }
  }
  await using back = await KillableWire.start(wire);
  await assertServed({ port });
  await back.kill();
}
