// Which settings put limits on sessions, and how far ages are spread.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf } from '../../test/proxy-config.ts';
import { chosenLifetime, sessionLimits } from './session-limits.ts';

const random = (): number => 0;

test('sessionLimits are there only for settings that need to know what goes on in sessions', () => {
  assert.equal(sessionLimits(configOf('--max-connections=3', '--keepalive=5s'), { random }), undefined);
  assert.deepEqual(sessionLimits(configOf('--drain-idle'), { random }), { idleTimeoutMs: 0, maxLifetimeMs: 0, random });
  assert.deepEqual(sessionLimits(configOf(), { mayMove: true, random }), {
    idleTimeoutMs: 0,
    maxLifetimeMs: 0,
    random,
  });
  assert.deepEqual(sessionLimits(configOf('--client-idle-timeout=10m', '--max-connection-lifetime=1h'), { random }), {
    idleTimeoutMs: 600_000,
    maxLifetimeMs: 3_600_000,
    random,
  });
});

test('chosenLifetime is the limit, or up to a tenth less', () => {
  const ages = [0, 0.5, 0.999_999].map((chance) =>
    chosenLifetime({ idleTimeoutMs: 0, maxLifetimeMs: 60_000, random: () => chance }),
  );
  assert.deepEqual(ages, [60_000, 57_000, 54_001]);
});
