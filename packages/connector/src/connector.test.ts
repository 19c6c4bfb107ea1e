// A Connector between a real Admin API and a real instance, both in this process.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { apiError, isCertificateRequest, startConnectorRig, uri } from '../test/connector-rig.ts';
import { errorReply, okReply } from '../test/instance-server.ts';
import { settle } from '../test/manual-clock.ts';
import { scratchFolder } from '../test/scratch-folder.ts';
import { fallSilent, listen } from '../test/tcp-server.ts';
import { Connector } from './connector.ts';
import type { ConnectorError } from './errors.ts';
import { type DialEvent, dialChannel, type RefreshEvent, refreshChannel } from './events.ts';

test('Connector.dial asks the API once for any number of connections', async () => {
  await using rig = await startConnectorRig();
  using connector = new Connector(rig.options);
  const dials = Array.from({ length: 5 }, () => connector.dial(uri, { dialAddress: rig.dialAddress }));
  for (const { socket } of await Promise.all(dials)) socket.destroy();
  await rig.instance.untilOpen(0);
  assert.equal(rig.api.asked.length, 2);
});

test('Connector.dial gets a new certificate for one that was refused, once, and tries once more', async () => {
  await using rig = await startConnectorRig({
    instance: (socket, { earlier }) => (earlier === 0 ? socket.end() : socket.write(okReply)),
  });
  using connector = new Connector(rig.options);
  const { socket } = await connector.dial(uri, { dialAddress: rig.dialAddress });
  socket.destroy();
  assert.deepEqual([rig.certificates(), rig.instance.requests.length], [2, 2]);
});

test('Connector.dial asks again for an address that the instance did not have', async () => {
  let answers = 0;
  const hasNone = (): boolean => (answers += 1) === 1;
  await using rig = await startConnectorRig({
    api: (asked) => (isCertificateRequest(asked) || !hasNone() ? undefined : { body: { publicIpAddress: '1.2.3.4' } }),
  });
  using connector = new Connector(rig.options);
  const { socket } = await connector.dial(uri, { dialAddress: rig.dialAddress });
  socket.destroy();
  assert.equal(rig.certificates(), 2);
  // As often as it may: while no refresh is allowed it says at once what it knows.
  const asked = connector.dial(uri, { dialAddress: rig.dialAddress, ipType: 'PUBLIC' });
  await assert.rejects(asked, { code: 'ADDRESS_MISSING' });
  assert.equal(rig.certificates(), 2);
});

test('Connector.dial gives up after the second refusal', async () => {
  await using rig = await startConnectorRig({ instance: (socket) => socket.end() });
  using connector = new Connector(rig.options);
  await assert.rejects(connector.dial(uri, { dialAddress: rig.dialAddress }), {
    code: 'CLIENT_CERTIFICATE_REFUSED',
    instance: uri,
  });
  assert.deepEqual([rig.certificates(), rig.instance.requests.length], [2, 2]);
  await rig.instance.untilOpen(0);
});

test('Connector.dial has one limit for both attempts, and then names the refusal and not the limit', async () => {
  const stuck = Promise.withResolvers<undefined>();
  await using rig = await startConnectorRig({
    instance: (socket) => socket.end(),
    api: (_, earlier) => (earlier < 2 ? undefined : stuck.promise),
  });
  using connector = new Connector({ ...rig.options, dialTimeoutMs: 200 });
  await warmed(connector);
  await assert.rejects(connector.dial(uri, { dialAddress: rig.dialAddress }), { code: 'CLIENT_CERTIFICATE_REFUSED' });
  assert.equal(rig.instance.requests.length, 1);
  stuck.resolve(undefined);
});

test('Connector.dial fails at once, and the next one is served, when a server leaves while no refresh is allowed', async () => {
  await using rig = await startConnectorRig({
    instance: (socket, { earlier }) => (earlier < 2 ? socket.end() : socket.write(okReply)),
  });
  // With a burst of one, the second refresh would have to wait for an hour.
  using connector = new Connector({ ...rig.options, refresh: { rate: { burst: 1, intervalMs: 3_600_000 } } });
  const code = 'CLIENT_CERTIFICATE_REFUSED';
  await assert.rejects(connector.dial(uri, { dialAddress: rig.dialAddress }), { code });
  await assert.rejects(connector.dial(uri, { dialAddress: rig.dialAddress }), { code });
  const { socket } = await connector.dial(uri, { dialAddress: rig.dialAddress });
  socket.destroy();
  assert.equal(rig.certificates(), 1);
});

test('Connector.dial sends another token for one that was refused, once', async () => {
  using folder = scratchFolder();
  const count = folder.write('count', '');
  const refused = errorReply('Request had invalid authentication credentials.');
  for (const [refusals, code] of [
    [1, 'none'],
    [2, 'EXCHANGE_UNAUTHENTICATED'],
  ] as const) {
    await using rig = await startConnectorRig({
      instance: (socket, { earlier }) => socket.write(earlier < refusals ? refused : okReply),
    });
    const command = `echo >> '${count}'; printf 'token-%s-' $(wc -l < '${count}')`;
    using connector = new Connector({ ...rig.options, credentials: { kind: 'token-command', command } });
    const outcome = await connector.dial(uri, { dialAddress: rig.dialAddress }).then(
      ({ socket }) => {
        socket.destroy();
        return 'none';
      },
      (error: ConnectorError) => error.code,
    );
    assert.equal(outcome, code);
    const [first, second, ...more] = rig.instance.requests.map((request) => /token-\d+-/.exec(request)?.[0]);
    assert.ok(first !== undefined && second !== undefined && first !== second, 'another token');
    assert.deepEqual(more, []);
    assert.equal(rig.certificates(), 1, 'the certificate was not to blame');
  }
});

test('Connector.dial says how far it had come when its time was up', async () => {
  await using silent = await listen(fallSilent);
  const options = { credentials: { kind: 'token', token: 't' }, env: {}, dialTimeoutMs: 100 } as const;
  using waiting = new Connector({ ...options, adminApiEndpoint: `http://127.0.0.1:${silent.port}` });
  await assert.rejects(waiting.dial(uri), {
    code: 'DIAL_TIMEOUT',
    message: `Cannot connect to "${uri}": no answer within 0.1 s, waiting for connection info`,
    hint: /Admin API/,
  });
  await using rig = await startConnectorRig({ instance: () => undefined });
  using connecting = new Connector({ ...rig.options, dialTimeoutMs: 100 });
  await warmed(connecting);
  await assert.rejects(connecting.dial(uri, { dialAddress: rig.dialAddress }), {
    code: 'DIAL_TIMEOUT',
    message: `Cannot connect to "${uri}": no answer within 0.1 s, connecting`,
    hint: /5433/,
  });
  await rig.instance.untilOpen(0);
});

test("Connector.dial rejects with the reason of the caller's signal, and leaves no connection", async () => {
  const stalled = Promise.withResolvers<void>();
  await using rig = await startConnectorRig({ instance: () => stalled.resolve() });
  using connector = new Connector(rig.options);
  const controller = new AbortController();
  const reason = new Error('the user left');
  const dialling = connector.dial(uri, { dialAddress: rig.dialAddress, signal: controller.signal });
  await stalled.promise;
  controller.abort(reason);
  await assert.rejects(dialling, reason);
  await rig.instance.untilOpen(0);
});

/** What is published about dials from here on. */
function followDials(t: TestContext): readonly DialEvent[] {
  const events: DialEvent[] = [];
  const listener = (event: unknown): void => void events.push(event as DialEvent);
  dialChannel.subscribe(listener);
  t.after(() => dialChannel.unsubscribe(listener));
  return events;
}

test('Connector.dial publishes how each attempt ended', async (t) => {
  const events = followDials(t);
  await using rig = await startConnectorRig({
    api: (asked) => (asked.path.includes('/c2') ? apiError(404, 'NOT_FOUND') : undefined),
  });
  using connector = new Connector(rig.options);
  const { socket } = await connector.dial(uri, { dialAddress: rig.dialAddress });
  socket.destroy();
  const missing = uri.replace('/c/', '/c2/');
  await assert.rejects(connector.dial(missing, { reference: 7 }), { code: 'ADMIN_API_NOT_FOUND' });
  assert.partialDeepStrictEqual(events, [
    { at: 'succeeded', instance: uri, address: rig.dialAddress, ipType: 'PRIVATE', route: 'directly' },
    { at: 'failed', instance: missing, reference: 7 },
  ]);
});

test('Connection.isCurrent is over with the certificate, the token and the connector that it was made with', async (t) => {
  await using rig = await startConnectorRig();
  using folder = scratchFolder();
  const path = folder.write('token', 'first');
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  using connector = new Connector({ ...rig.options, credentials: { kind: 'token-file', path } });
  const dial = () => connector.dial(uri, { dialAddress: rig.dialAddress });
  const first = await dial();
  assert.equal(first.isCurrent(), true);
  folder.write('token', 'second');
  t.mock.timers.tick(2_000);
  assert.equal(first.isCurrent(), false, 'the credentials have changed');
  const second = await dial();
  assert.equal(second.isCurrent(), true);
  t.mock.timers.tick(2 * 3_600_000 * 24);
  assert.equal(second.isCurrent(), false, 'the certificate has expired');
  connector.close();
  for (const { socket } of [first, second]) socket.destroy();
});

test('Connector.dial publishes the phases of an attempt in their order, those of a second try too', async (t) => {
  const events = followDials(t);
  await using rig = await startConnectorRig({
    instance: (socket, { earlier }) => (earlier === 0 ? socket.end() : socket.write(okReply)),
  });
  using connector = new Connector(rig.options);
  const { socket } = await connector.dial(uri, { dialAddress: rig.dialAddress });
  socket.destroy();
  const { phases = [], startedAt = 0, durationMs = 0 } = events[0] ?? {};
  const everyPhase = ['cache', 'token', 'tcp', 'tls', 'exchange'];
  assert.deepEqual(
    phases.map(({ phase }) => phase),
    [...everyPhase, ...everyPhase],
  );
  assert.deepEqual(
    phases.flatMap(({ phase, isFailed }, index) => (isFailed ? [`${phase} ${index}`] : [])),
    ['exchange 4'],
  );
  assert.deepEqual([phases[1]?.address, phases[2]?.address], [undefined, rig.dialAddress]);
  for (const phase of phases) {
    assert.ok(phase.startedAt >= startedAt && phase.startedAt + phase.durationMs <= startedAt + durationMs + 0.01);
  }
});

test('Connector.dial publishes that an attempt was given up, and when', async (t) => {
  const events = followDials(t);
  const stalled = Promise.withResolvers<void>();
  await using rig = await startConnectorRig({ instance: () => stalled.resolve() });
  using connector = new Connector(rig.options);
  const controller = new AbortController();
  const dialling = connector.dial(uri, { dialAddress: rig.dialAddress, signal: controller.signal });
  await stalled.promise;
  controller.abort(new Error('the user left'));
  await assert.rejects(dialling);
  assert.deepEqual(
    events.map(({ at, phases }) => [at, phases.at(-1)?.phase]),
    [['aborted', 'exchange']],
  );
});

test('Connector.dial publishes nothing about an attempt that began before somebody listened', async (t) => {
  await using rig = await startConnectorRig();
  using connector = new Connector(rig.options);
  const dialling = connector.dial(uri, { dialAddress: rig.dialAddress });
  const events = followDials(t);
  (await dialling).socket.destroy();
  assert.deepEqual(events, []);
});

test('Connector.close ends the dials under way, leaves open connections open and can be called twice', async () => {
  const stalled = Promise.withResolvers<void>();
  await using rig = await startConnectorRig({
    instance: (socket, { earlier }) => (earlier === 0 ? socket.write(okReply) : stalled.resolve()),
  });
  const connector = new Connector(rig.options);
  const { socket } = await connector.dial(uri, { dialAddress: rig.dialAddress });
  const dialling = connector.dial(uri, { dialAddress: rig.dialAddress });
  await stalled.promise;
  connector.close();
  connector.close();
  await assert.rejects(dialling, { code: 'CONNECTOR_CLOSED' });
  await assert.rejects(connector.dial(uri), { code: 'CONNECTOR_CLOSED' });
  await rig.instance.untilOpen(1);
  assert.equal(socket.destroyed, false);
  socket.destroy();
});

test('Connector.warm asks for nothing after close, nor with lazy refresh', async (t) => {
  await using rig = await startConnectorRig();
  const closed = new Connector(rig.options);
  using lazy = new Connector({ ...rig.options, refresh: { strategy: 'lazy' } });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const refreshes = t.mock.fn();
  refreshChannel.subscribe(refreshes);
  closed.warm(uri);
  lazy.warm(uri);
  closed.close();
  t.mock.timers.tick(1_000);
  await settle();
  refreshChannel.unsubscribe(refreshes);
  assert.equal(refreshes.mock.callCount(), 0);
  assert.throws(() => lazy.warm('no instance'), { code: 'INVALID_INSTANCE_URI' });
});

// Nothing but the dial keeps such a process alive; it once ended with 13, the code of node for an await without an end.
const script = `
  import { Connector } from ${JSON.stringify(new URL('connector.ts', import.meta.url).href)};
  Math.random = () => 0.05; // The waits between calls are spread by chance, up to a second and more.
  const [options, uri, dialAddress] = JSON.parse(process.argv[1]);
  using connector = new Connector(options);
  const outcome = await connector.dial(uri, { dialAddress }).then(({ socket }) => socket.destroy() && 'connected', (error) => error.code);
  process.stdout.write(outcome);
`;
const outcomes = [
  ['succeeds', 'connected', () => undefined],
  ['fails', 'ADMIN_API_PERMISSION_DENIED', () => apiError(403, 'PERMISSION_DENIED')],
] as const;
for (const [verb, printed, answer] of outcomes) {
  test(`Connector.dial keeps a script alive while the API is unavailable, until it ${verb}`, async () => {
    await using rig = await startConnectorRig({
      api: (_, earlier) => (earlier < 4 ? apiError(503, 'UNAVAILABLE') : answer()),
    });
    const argument = JSON.stringify([rig.options, uri, rig.dialAddress]);
    const child = spawn(
      process.execPath,
      ['--conditions=alloydb-source', '--input-type=module', '--eval', script, argument],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exited = once(child, 'exit');
    assert.equal(await text(child.stdout), printed);
    assert.deepEqual(await exited, [0, null]);
  });
}

/** Lets the connector get its connection info beforehand: making a key takes its time, and is not what is measured. */
async function warmed(connector: Connector): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const listener = (event: unknown): void => {
    if ((event as RefreshEvent).at === 'succeeded') resolve();
  };
  refreshChannel.subscribe(listener);
  connector.warm(uri, { spreadMs: 0 });
  // Neither the timer nor the refresh keeps the process alive.
  const alive = setInterval(() => undefined, 1_000);
  await promise;
  clearInterval(alive);
  refreshChannel.unsubscribe(listener);
}
