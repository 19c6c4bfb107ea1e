// A DNS name over time: first answers, changes, failures and records that are refused.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mock, test } from 'node:test';
import { type InstanceUri, shortInstanceName } from 'alloydb-connector';
import { DnsServer, type DnsAnswer } from '../../test/dns-server.ts';
import type { Logger } from '../observability/logger.ts';
import { dialDomain } from './dial-domain.ts';
import { InstanceDomain } from './instance-domain.ts';
import { txtLookup } from './txt-lookup.ts';

const target = { kind: 'domain', domain: 'db.example.com', allow: { kind: 'project', project: 'p' } } as const;
const { signal } = new AbortController();
const pointsTo = (name: string, project = 'p'): DnsAnswer => [
  [`projects/${project}/locations/r/clusters/c/instances/${name}`],
];

async function rig(answer: DnsAnswer) {
  const server = await DnsServer.start(answer);
  const lines: string[] = [];
  let said = Promise.withResolvers<void>();
  const note = (severity: string) => (text: string) => {
    lines.push(`${severity}: ${text}`);
    said.resolve();
    said = Promise.withResolvers();
  };
  const logger: Logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const pointed: string[] = [];
  const domain = new InstanceDomain({
    target,
    // Each look is a step of the test.
    lookup: (name, until) => txtLookup({ server: server.address, timeoutMs: 50 })(name, until),
    refreshMs: () => 1,
    onPoint: (uri) => pointed.push(shortInstanceName(uri)),
    logger,
    random: () => 0,
  });
  const untilSaid = async (text: RegExp): Promise<void> => {
    while (!lines.some((line) => text.test(line))) await said.promise;
  };
  return {
    server,
    domain,
    lines,
    pointed,
    untilSaid,
    [Symbol.asyncDispose]: () => {
      domain.close();
      return server[Symbol.asyncDispose]();
    },
  };
}

test('InstanceDomain follows its record and tells those who hold the old pointing', async () => {
  await using it = await rig(pointsTo('a'));
  it.domain.watch();
  const first = await it.domain.current(signal);
  assert.equal(first.uri.instance, 'a');
  it.server.answer = pointsTo('b');
  await once(first.superseded, 'abort');
  assert.equal((await it.domain.current(signal)).uri.instance, 'b');
  assert.deepEqual(it.pointed, ['p.r.c.a', 'p.r.c.b']);
  assert.deepEqual(it.lines, [
    'info: [db.example.com] points to p.r.c.a',
    'info: [db.example.com] points to p.r.c.b now, no longer to p.r.c.a: new connections go there, open ones end when they are idle',
  ]);
});

test('InstanceDomain keeps the last answer through failures and refusals, and says each once', async () => {
  await using it = await rig(pointsTo('a'));
  it.domain.watch();
  const { superseded } = await it.domain.current(signal);
  it.server.answer = 'SERVFAIL';
  await it.untilSaid(/warn: .*the name server has failed.*; p\.r\.c\.a stays in use/);
  await it.server.untilAskedAgain(10);
  it.server.answer = pointsTo('a', 'evil');
  await it.untilSaid(/warn: .*refusing to go where db\.example\.com points: projects\/evil/);
  it.server.answer = pointsTo('a');
  await it.untilSaid(/info: .*can be looked up again and still points to p\.r\.c\.a/);
  assert.equal(it.lines.filter((line) => line.startsWith('warn')).length, 2);
  assert.equal(superseded.aborted, false);
});

test('InstanceDomain tells whoever asks why it points nowhere, and recovers by itself', async () => {
  await using it = await rig('NXDOMAIN');
  await assert.rejects(it.domain.current(signal), { name: 'DomainError', message: /there is no such name/ });
  it.server.answer = pointsTo('a');
  await it.untilSaid(/points to p\.r\.c\.a/);
  assert.equal(it.domain.uri?.instance, 'a');
});

test('InstanceDomain asks nothing once it is closed', async () => {
  await using it = await rig(pointsTo('a'));
  await it.domain.current(signal);
  it.domain.close();
  it.domain.watch();
  assert.equal((await it.domain.current(signal)).uri.instance, 'a', 'what is known stays');
});

test('dialDomain gives up an instance that is superseded and dials the next', async () => {
  await using it = await rig(pointsTo('a'));
  it.domain.watch();
  const dialled: string[] = [];
  const dial = mock.fn(async ({ instance }: InstanceUri, until: AbortSignal) => {
    dialled.push(instance);
    if (instance === 'b') throw new Error('as far as it goes');
    it.server.answer = pointsTo('b');
    await once(until, 'abort');
    throw until.reason;
  });
  await assert.rejects(dialDomain(it.domain, { dial, signal }), /as far as it goes/);
  assert.deepEqual(dialled, ['a', 'b']);
});
