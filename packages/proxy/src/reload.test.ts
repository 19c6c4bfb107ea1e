// When a configuration is read again, and what happens to the one that runs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordLog } from '../test/log-recorder.ts';
import { configOf } from '../test/proxy-config.ts';
import { UsageError } from './cli/usage-error.ts';
import { PendingReloads, Reloader } from './reload.ts';

const start = { kind: 'start', config: configOf(), notices: ['a notice'], configFile: undefined } as const;

test('Reloader applies what it reads, and says so', async () => {
  const { logger, lines } = recordLog();
  const states: string[] = [];
  const applied: unknown[] = [];
  const reloader = new Reloader({
    read: async () => start,
    apply: async (next) => void applied.push(next),
    logger,
    onChange: (state) => states.push(state),
  });
  await reloader.reload('SIGHUP received');
  assert.deepEqual(applied, [start]);
  assert.deepEqual(states, ['reloading', 'ready']);
  assert.deepEqual(lines, ['Reloading the configuration: SIGHUP received', 'a notice']);
});

test('Reloader refuses what cannot be read or applied, with the reason and what to do, and can go on', async () => {
  const { logger, lines } = recordLog();
  const errors: Error[] = [new UsageError('unknown key "prot"', { hint: 'did you mean port?' }), new Error('taken')];
  const reloader = new Reloader({
    read: async () => {
      const error = errors.length === 2 ? errors.shift() : undefined;
      if (error !== undefined) throw error;
      return { ...start, notices: [] };
    },
    apply: async () => {
      const error = errors.shift();
      if (error !== undefined) throw error;
    },
    logger,
  });
  for (let time = 0; time < 3; time += 1) await reloader.reload('again');
  const told = lines.flatMap((line) => line.split('\n')).map((line) => line.replace(/^.*hint: /, 'hint: '));
  assert.deepEqual(
    told.filter((line) => !line.startsWith('Reloading')),
    [
      'cannot reload the configuration, the one before stays: unknown key "prot"',
      'hint: did you mean port?',
      'cannot reload the configuration, the one before stays: taken',
    ],
  );
});

test('Reloader reads once more, and only once, for all that was asked while it was at it', async () => {
  const { logger } = recordLog();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let reads = 0;
  const reloader = new Reloader({
    read: async () => {
      await gates[reads++]?.promise;
      return start;
    },
    apply: async () => undefined,
    logger,
  });
  const all = ['one', 'two', 'three'].map((reason) => reloader.reload(reason));
  for (const gate of gates) gate.resolve();
  await Promise.all(all);
  assert.equal(reads, 2);
});

test('PendingReloads does what was asked during the start once it can, and nothing after the end', async () => {
  const { logger } = recordLog();
  const read = Promise.withResolvers<void>();
  let reads = 0;
  const reloader = new Reloader({
    read: async () => {
      reads += 1;
      read.resolve();
      return start;
    },
    apply: async () => undefined,
    logger,
  });
  const pending = new PendingReloads();
  pending.ask('one');
  pending.ask('two');
  assert.equal(reads, 0);
  pending.serve(reloader);
  await read.promise;
  assert.equal(reads, 1);
  pending.close();
  pending.ask('three');
  assert.equal(reads, 1);
});
