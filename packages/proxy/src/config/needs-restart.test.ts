// Changes that wait for the next start.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf } from '../../test/proxy-config.ts';
import { restartNotices } from './needs-restart.ts';

test('restartNotices names the flags of what cannot be changed, and nothing else', () => {
  const before = configOf('--health-check', '--max-connections=1');
  assert.deepEqual(restartNotices(before, configOf('--health-check', '--max-connections=2', '--psc')), []);
  assert.deepEqual(restartNotices(before, configOf('--health-check', '--http-port=80', '--idle-exit=1m')), [
    'The change of --health-check, --with-backend-check, --http-address and --http-port takes effect at the next start',
    'The change of --idle-exit takes effect at the next start',
  ]);
});
