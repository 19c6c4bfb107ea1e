// DNS names that nobody answers for.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import type { InstanceConfig } from '../config/config.ts';
import { locateInstances } from './locate-instances.ts';

const named = (domain: string): InstanceConfig =>
  ({ target: { kind: 'domain', domain, allow: { kind: 'project', project: 'p' } } }) as unknown as InstanceConfig;

test('locateInstances asks for all names at once, and says what to do when no answer comes in time', async () => {
  const server = createSocket('udp4');
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  let asked = 0;
  server.on('message', () => asked++);
  try {
    const dns = { server: `127.0.0.1:${server.address().port}` };
    const config = { dns, instances: ['a.example', 'b.example'].map(named) } as unknown as Parameters<
      typeof locateInstances
    >[0];
    const { instances, domains } = await locateInstances(config, { limitMs: 300 });
    assert.deepEqual(instances, []);
    assert.deepEqual(
      domains.map(({ found }) => [(found as Error).message, (found as { hint?: string }).hint]),
      ['a.example', 'b.example'].map((domain) => [
        `cannot look up ${domain}: no answer within 0.3 s`,
        'check the name servers of this machine, or name one with --dns-server',
      ]),
    );
    assert.ok(asked >= 2);
  } finally {
    server.close();
  }
});
