// Lifecycle events for a program that has started the proxy.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { queryWithPg } from './support/clients.ts';
import { ProxyProcess, proxyCommand, runProxy } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';

type Event = Readonly<Record<string, unknown>> & { readonly event: string; readonly state?: string };

function parse(output: string): readonly Event[] {
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);
}

/** As in `session closed`, one for each line. */
function storyOf(events: readonly Event[]): readonly string[] {
  return events.map(({ event, state }) => (state === undefined ? event : `${event} ${state}`));
}

test('--events json tells the life of a proxy on standard output, and the log goes to standard error', async () => {
  await using setting = await setUp();
  const { instance, emulator } = setting;
  await using proxy = new ProxyProcess([...setting.flags, '--events', 'json', instance], {});
  await proxy.waitFor('"event":"ready"');
  const listening = parse(proxy.stdout).find(({ event }) => event === 'listening');
  assert.partialDeepStrictEqual(listening, { version: 1, uri: instance, network: 'tcp', host: '127.0.0.1' });
  const port = Number(listening?.['port']);
  assert.equal(await queryWithPg({ port, ...emulator.superuser }, 'select 1'), 1);
  await proxy.waitFor('"state":"closed"');
  await proxy.waitFor('"state":"succeeded"');
  await proxy.stop();
  assert.match(proxy.stderr, /accepted connection from 127\.0\.0\.1/);
  const events = parse(proxy.stdout);
  const story = storyOf(events);
  assert.deepEqual(
    story.filter((each) => !each.startsWith('refresh')),
    [
      'starting',
      'listening',
      'ready',
      'session accepted',
      'session connected',
      'session closed',
      'draining',
      'closing',
      'stopped',
    ],
  );
  assert.ok(story.includes('refresh started') && story.includes('refresh succeeded'));
  const [by, exit, closed] = [
    events.find(({ event }) => event === 'draining')?.['by'],
    events.at(-1)?.['exitCode'],
    events.find(({ state }) => state === 'closed'),
  ];
  assert.deepEqual([by, exit], ['SIGTERM', 143]);
  assert.partialDeepStrictEqual(closed, { connection: 1, by: 'client', instance: 'local.us-central1.demo.primary' });
  assert.ok(Number(closed?.['bytesToClient']) > 0);
});

test('--events json:3 writes to a descriptor, tells why the proxy cannot start, and leaves the log where it is', {
  skip: process.platform === 'win32' ? 'Windows hands on no descriptors' : false,
}, async () => {
  await using setting = await setUp();
  const [command, ...args] = [
    ...proxyCommand,
    ...setting.flags,
    '--events',
    'json:3',
    '--run-connection-test',
    setting.instance.replace('primary', 'primray'),
  ];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  const [log, events] = await Promise.all([text(child.stdout as Readable), text(child.stdio[3] as Readable)]);
  assert.deepEqual(await ended, [1, null]);
  assert.match(log, /^\S+ \S+ Authorizing with /);
  const told = parse(events);
  assert.deepEqual(
    storyOf(told).filter((each) => !each.startsWith('refresh')),
    ['starting', 'failed'],
  );
  assert.partialDeepStrictEqual(told.at(-1)?.['error'], {
    message: 'the connection test failed for local.us-central1.demo.primray',
  });
});

test('--events says what is wrong with a descriptor that is not open, and with a format that it does not know', async () => {
  const uri = 'projects/p/locations/r/clusters/c/instances/i';
  const closed = await runProxy(['--token', 't', '--events', 'json:77', uri]);
  assert.match(closed.stderr, /error: cannot write events to descriptor 77: it is not open\n/);
  const unknown = await runProxy(['--events', 'xml', uri]);
  assert.match(unknown.stderr, /error: invalid value "xml" for --events: expected json or json:DESCRIPTOR\n/);
  const taken = await runProxy(['run', '--token', 't', '--events', 'json', uri, '--', 'true']);
  assert.match(taken.stderr, /error: run cannot write events to standard output: it is for the command\n/);
  assert.deepEqual([closed.exit.code, unknown.exit.code, taken.exit.code], [1, 1, 1]);
});
