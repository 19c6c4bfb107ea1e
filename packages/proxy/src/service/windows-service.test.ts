// What a service of Windows reports over its life; the manager is a list that keeps what it is told.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ServiceStatus, WindowsService } from './windows-service.ts';

function rig(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const told: ServiceStatus[] = [];
  const service = new WindowsService({ report: (status) => told.push(status), checkpointMs: 1_000 });
  const wishes: string[] = [];
  service.listen({ stop: () => wishes.push('stop'), reload: () => wishes.push('reload') });
  const pass = (ms: number): void => t.mock.timers.tick(ms);
  const states = (): readonly (readonly number[])[] => told.map(({ state, checkpoint }) => [state, checkpoint]);
  return { service, told, wishes, pass, states };
}

test('WindowsService tells its states, with checkpoints while it starts and stops, and none while it runs', (t) => {
  const { service, pass, states } = rig(t);
  pass(2_000);
  service.running();
  pass(5_000);
  service.stopping();
  pass(1_000);
  service.stopped(0);
  pass(5_000);
  assert.deepEqual(states(), [
    [2, 1],
    [2, 2],
    [2, 3],
    [4, 0],
    [3, 1],
    [3, 2],
    [1, 0],
  ]);
});

test('WindowsService takes controls only while it runs', (t) => {
  const { service, told } = rig(t);
  service.running();
  service.stopping();
  service.stopped(0);
  assert.deepEqual(
    told.map(({ accepts }) => accepts),
    [0, 0x10d, 0, 0],
  );
});

test('WindowsService stops at STOP, SHUTDOWN and PRESHUTDOWN, reloads at PARAMCHANGE and leaves others alone', (t) => {
  const { service, wishes } = rig(t);
  service.running();
  for (const control of [0x4, 0x6, 0x1, 0x5, 0xf, 0x80]) service.control(control);
  assert.deepEqual(wishes, ['reload', 'stop', 'stop', 'stop']);
});

test('WindowsService tells the exit code once, also when it never ran', (t) => {
  const { service, told } = rig(t);
  service.stopped(1);
  service.stopped(0);
  service.running();
  service.stopping();
  assert.deepEqual(
    told.map(({ state, exitCode }) => [state, exitCode]),
    [
      [2, 0],
      [1, 1],
    ],
  );
});
