// The gcloud command, played by a script in PATH.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { ManualClock } from '../../test/manual-clock.ts';
import { scratchFolder } from '../../test/scratch-folder.ts';
import { gcloud } from './gcloud.ts';

const folder = scratchFolder();
after(() => folder[Symbol.dispose]());
const never = new AbortController().signal;
const clock = new ManualClock();
// The script is one for a POSIX shell.
const posix = { skip: process.platform === 'win32' };

function installed(script: string) {
  folder.write('gcloud', `#!/bin/sh\n${script}\n`, 0o700);
  return gcloud({ clock, env: { PATH: `${folder.path}:${process.env['PATH']}` } });
}

test('gcloud gives the token of whoever is logged in, and who that is', posix, async () => {
  const reply = {
    configuration: { properties: { core: { account: 'me@example.com' } } },
    credential: { access_token: 'gcloud-token', token_expiry: '2026-01-01T01:00:00Z' },
  };
  folder.write('reply.json', reply);
  const identity = installed(`echo "$*" > ${folder.path}/arguments; cat ${folder.path}/reply.json`);
  assert.equal(identity.principal(), undefined);
  const token = await identity.tokens.token('s', never);
  assert.deepEqual(token, { value: 'gcloud-token', expiresAt: Date.UTC(2026, 0, 1, 1) });
  assert.equal(identity.principal(), 'me@example.com');
  const asked = readFileSync(`${folder.path}/arguments`, 'utf8');
  assert.equal(asked, '--format json config config-helper --min-expiry 1h\n');
});

test('gcloud that is not installed is named, with where to get it', posix, async () => {
  const { tokens } = gcloud({ clock, env: { PATH: `${folder.path}/nowhere` } });
  await assert.rejects(tokens.token('s', never), {
    code: 'CREDENTIALS_NOT_FOUND',
    message: /it is not installed/,
    hint: /cloud\.google\.com\/sdk/,
  });
});

test('gcloud with an expired login says how to log in again', posix, async () => {
  for (const said of [
    'Reauthentication failed. cannot prompt during non-interactive execution.',
    'ERROR: (gcloud.config.config-helper) There was a problem refreshing your current auth tokens: invalid_grant',
    'You do not currently have an active account selected.',
  ]) {
    await assert.rejects(installed(`echo "${said}" >&2; exit 1`).tokens.token('s', never), (error: Error) => {
      assert.ok(error.message.endsWith(`it ended with exit code 1: ${said}`), error.message);
      assert.ok('hint' in error);
      assert.equal(error.hint, 'log in again: gcloud auth login');
      return true;
    });
  }
});

test('gcloud that answers nonsense is not quoted', posix, async () => {
  for (const script of ['echo printed-secret', 'echo printed-secret; echo printed-secret >&2; exit 1']) {
    await assert.rejects(installed(script).tokens.token('s', never), (error: Error) => !/printed/.test(error.message));
  }
});
