// How many workers there are to be, and what they cannot do.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { configOf } from '../../test/proxy-config.ts';
import { refuseForWorkers } from './workers-choice.ts';

test('--workers takes a number or auto, and is 1 without', () => {
  assert.equal(configOf().workers, 1);
  assert.equal(configOf('--workers=3').workers, 3);
  assert.equal(configOf('--workers', 'auto').workers, availableParallelism());
  for (const wrong of ['0', '-1', '1.5', '257', 'many']) {
    assert.throws(
      () => configOf(`--workers=${wrong}`),
      { message: /^invalid value ".*" for --workers: expected/ },
      wrong,
    );
  }
});

test('--workers refuses what several processes cannot do, and says why', () => {
  assert.throws(() => configOf('--workers=2', '--warm-connections=1'), { message: /no process can dial for another/ });
  assert.throws(() => configOf('--workers=2', '--local-tls-cert=c', '--local-tls-key=k'), {
    message: /handed over unencrypted/,
  });
  assert.throws(() => configOf('--workers=2', 'db.example.com?allow=projects/p'), {
    message: /by its DNS name \(db\.example\.com\)/,
  });
  assert.throws(() => refuseForWorkers(configOf('--workers=2'), 'win32'), {
    message: '--workers is not supported on Windows',
  });
  assert.equal(configOf('--workers=1', '--warm-connections=1').workers, 1);
});
