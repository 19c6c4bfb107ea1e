// The whole proxy in this process, on ports that the system chooses, with an Admin API that cannot be reached.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Connector } from 'alloydb-connector';
import { startupMessage } from '../../test/first-messages.ts';
import { recordLog } from '../../test/log-recorder.ts';
import { configOf, configOnFreePorts, instanceUri } from '../../test/proxy-config.ts';
import { portOf } from '../../test/socket-pair.ts';
import type { ProxyConfig } from '../config/config.ts';
import { Proxy } from './proxy.ts';

// Nobody listens on port 1 of the loopback: only root could.
const unreachable = ['--token=t', '--alloydbadmin-api-endpoint=http://127.0.0.1:1'] as const;
const startup = startupMessage('app');

function proxyOf(config: ProxyConfig, onVacant: () => void = () => undefined) {
  const { logger, lines } = recordLog();
  const proxy = new Proxy({ config, logger, userAgent: 'test/1', onVacant });
  const ports = (): number[] =>
    lines.flatMap((line) => /Listening on 127\.0\.0\.1:(\d+)$/.exec(line)?.[1] ?? []).map(Number);
  return { proxy, lines, ports };
}

async function clientOf(port: number | undefined): Promise<Socket> {
  const socket = connect({ port: port ?? 0, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** An Admin API that takes every call and answers none. */
async function silentApi() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()).resume());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    flags: ['--token=t', `--alloydbadmin-api-endpoint=http://127.0.0.1:${portOf(server)}`],
    called: () => once(server, 'connection'),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

test('Proxy.start serves, and tells a client in the words of PostgreSQL why there is no connection', async () => {
  const { proxy, ports, lines } = proxyOf(configOnFreePorts(...unreachable, '--max-connections=1'));
  await using _ = proxy;
  assert.equal(proxy.state, 'starting');
  await proxy.start();
  assert.equal(proxy.state, 'serving');
  for (const attempt of ['first', 'second']) {
    const client = await clientOf(ports()[0]);
    client.write(startup);
    const answer = await text(client);
    assert.match(answer, /C08001\0Malloydb-auth-proxy: Cannot reach the Admin API at http:\/\/127\.0\.0\.1:1 /);
    assert.ok(answer.includes(`Dinstance ${instanceUri}, `), attempt);
    client.destroy();
    while (proxy.openConnections > 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(proxy.lastRefusal, undefined);
  assert.ok(lines.some((line) => line.includes('failed to connect to instance: Cannot reach the Admin API')));
});

test('Proxy.start opens every listener or none', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const config = configOnFreePorts(...unreachable);
  const [instance] = config.instances;
  assert(instance !== undefined);
  const second = { ...instance, listen: { kind: 'tcp', host: '127.0.0.1', port: portOf(taken) } as const };
  const { proxy, ports } = proxyOf({ ...config, instances: [instance, second] });
  await assert.rejects(proxy.start(), { name: 'StartError', message: /address in use$/ });
  assert.equal(proxy.state, 'stopped');
  await assert.rejects(clientOf(ports()[0]), { code: 'ECONNREFUSED' });
  taken.close();
});

test('Proxy.stop gives up the dials under way, and can be called twice', async () => {
  await using api = await silentApi();
  const { proxy, ports, lines } = proxyOf(configOnFreePorts(...api.flags));
  await proxy.start();
  const called = api.called();
  const client = await clientOf(ports()[0]);
  client.resume().write(startup);
  await called;
  // Whether it ends or is reset depends on how much the proxy has read.
  const ended = new Promise((resolve) => client.once('end', resolve).once('close', resolve));
  await Promise.all([proxy.stop(), proxy.stop()]);
  await ended;
  client.destroy();
  assert.equal(proxy.state, 'stopped');
  assert.equal(proxy.openConnections, 0);
  assert.ok(lines.at(-1)?.endsWith('closed the connection to shut down'), lines.at(-1));
});

test('Proxy refuses beyond its limit and while it drains, each with its own SQLSTATE', async () => {
  await using api = await silentApi();
  const { proxy, ports } = proxyOf(configOnFreePorts(...api.flags, '--max-connections=1'));
  await proxy.start();
  const called = api.called();
  const held = await clientOf(ports()[0]);
  held.resume().write(startup);
  await called;
  assert.equal(await refusalOf(ports()[0]), '53300');
  assert.equal(proxy.lastRefusal?.what, 'max connections (1) exceeded');
  const force = new AbortController();
  const drained = proxy.drain({ minDelayMs: 0, maxDelayMs: 3_600_000, endIdle: false, force: force.signal });
  while (proxy.state !== 'closing') await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await refusalOf(ports()[0]), '57P03');
  force.abort();
  await drained;
  assert.equal(proxy.state, 'stopped');
  held.destroy();
});

test('Proxy tells a client within --dial-timeout that there is no connection', async () => {
  await using api = await silentApi();
  const { proxy, ports } = proxyOf(configOnFreePorts(...api.flags, '--dial-timeout=200ms'));
  await using _ = proxy;
  await proxy.start();
  const startedAt = performance.now();
  const client = await clientOf(ports()[0]);
  client.write(startup);
  const answer = await text(client);
  const tookMs = performance.now() - startedAt;
  client.destroy();
  assert.match(answer, /C08001\0Malloydb-auth-proxy: .*no answer within 0\.2 s, waiting for connection info/);
  assert.ok(tookMs >= 190 && tookMs < 10_000, `${tookMs} ms`);
});

test('Proxy says that nobody has been there for --idle-exit, but not while a client is', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await using api = await silentApi();
  const onVacant = t.mock.fn();
  const { proxy, ports } = proxyOf(configOnFreePorts(...api.flags, '--idle-exit=10m'), onVacant);
  await using _ = proxy;
  await proxy.start();
  const client = await clientOf(ports()[0]);
  client.resume().write(startup);
  while (proxy.openConnections === 0) await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(20_000);
  client.end();
  while (proxy.openConnections > 0) await new Promise((resolve) => setImmediate(resolve));
  // The session is over a few turns after its place was given back.
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(599_999);
  assert.equal(onVacant.mock.callCount(), 0);
  t.mock.timers.tick(1);
  assert.equal(onVacant.mock.callCount(), 1);
  client.destroy();
});

test('Proxy with --port-conflict=next moves an instance whose port is taken, past those of the others', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const port = portOf(taken);
  const config = configOf(...unreachable, '--port-conflict=next');
  const [instance] = config.instances;
  assert(instance !== undefined);
  const wanted = [port, port + 1, port].map((each) => ({
    ...instance,
    listen: { kind: 'tcp', host: '127.0.0.1', port: each } as const,
  }));
  const { proxy, ports, lines } = proxyOf({ ...config, instances: wanted });
  await using _ = proxy;
  await proxy.start();
  const found = ports();
  assert.equal(new Set(found).size, 3, found.join());
  assert.ok(!found.includes(port) && found[0] !== port + 1, found.join());
  for (const each of found) (await clientOf(each)).destroy();
  const who = process.platform === 'linux' ? `process ${process.pid} \\(.+\\)` : 'another process';
  assert.match(
    lines.join('\n'),
    new RegExp(`^\\[p\\.r\\.c\\.i\\] 127\\.0\\.0\\.1:${port} is taken: ${who} holds it`, 'm'),
  );
  taken.close();
});

test('Proxy.checkBackends gives the error of each instance', async () => {
  await using proxy = proxyOf(configOnFreePorts(...unreachable)).proxy;
  const checks = await proxy.checkBackends(new AbortController().signal);
  assert.deepEqual(
    checks.map(({ instance, error }) => [instance, error !== undefined && 'code' in error && error.code]),
    [['p.r.c.i', 'ADMIN_API_UNREACHABLE']],
  );
});

test('Proxy.reload gives up the connection info of instances that nobody serves any more, and of no others', async (t) => {
  const release = t.mock.method(Connector.prototype, 'release');
  const config = configOnFreePorts(...unreachable, `${instanceUri}-2`, `${instanceUri}-3`);
  const [first, second, third] = config.instances;
  assert(first !== undefined && second !== undefined && third !== undefined);
  await using proxy = proxyOf({ ...config, instances: [first, second, third] }).proxy;
  await proxy.start();
  // The last one has another listener, and is the same instance behind it.
  await proxy.reload({ ...config, instances: [second, { ...third, autoIamAuthn: true }] }, 'test/1');
  const released = release.mock.calls.map(({ arguments: [instance] }) => ({ kind: 'instance', uri: instance }));
  assert.deepEqual(released, [first.target]);
});

async function refusalOf(port: number | undefined): Promise<string | undefined> {
  const client = await clientOf(port);
  client.write(startup);
  const answer = await text(client);
  client.destroy();
  return /\0C(\w{5})\0/.exec(answer)?.[1];
}
