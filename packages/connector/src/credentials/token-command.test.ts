// Token commands, run as real processes.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ManualClock, settle } from '../../test/manual-clock.ts';
import { scratchFolder } from '../../test/scratch-folder.ts';
import { tokenCommand, tokenCommandLimitMs, unknownLifeMs } from './token-command.ts';

const folder = scratchFolder();
after(() => folder[Symbol.dispose]());
const never = new AbortController().signal;

function ask(command: string, clock = new ManualClock(), signal = never) {
  return tokenCommand(command, { clock, env: { ...process.env, FOLDER: folder.path } }).tokens.token('s', signal);
}

function print(name: string, value: unknown): string {
  return `cat "${folder.write(name, typeof value === 'string' ? value : JSON.stringify(value))}"`;
}

test('tokenCommand takes what the command prints for the token, and keeps it for five minutes', async () => {
  const clock = new ManualClock();
  assert.deepEqual(await ask('echo "  ya29.token  "', clock), {
    value: 'ya29.token',
    expiresAt: clock.now() + unknownLifeMs,
  });
  assert.equal(unknownLifeMs, 300_000);
});

test('tokenCommand reads JSON with the token and its expiry in each form', async () => {
  const clock = new ManualClock();
  const now = clock.now();
  for (const [reply, expiresAt] of [
    [{ access_token: 'tok', expires_in: 60 }, now + 60_000],
    [{ token: 'tok', expires_in: '60' }, now + 60_000],
    [{ token: 'tok', expiry: '2026-02-03T04:05:06Z' }, Date.UTC(2026, 1, 3, 4, 5, 6)],
    [{ token: 'tok', expiry: 1_800_000_000 }, 1_800_000_000_000],
    [{ token: 'tok', expiry: 'soon' }, now + unknownLifeMs],
  ] as const) {
    assert.deepEqual(await ask(print('reply.json', reply), clock), { value: 'tok', expiresAt });
  }
});

test('tokenCommand quotes what a failing command says on stderr, never what it prints', async () => {
  await assert.rejects(ask('echo printed-token; echo "vault is sealed" >&2; exit 2'), {
    code: 'TOKEN_REQUEST_FAILED',
    message: 'Cannot get a token from the token command: it ended with exit code 2: vault is sealed',
  });
  await assert.rejects(ask('echo printed-token; echo "+ echo printed-token" >&2; exit 2'), /exit code 2$/);
});

test('tokenCommand refuses output that is no token, without showing it', async () => {
  for (const output of ['', 'two words', '{}', '{"token":', '{"token":"with space"}', '["token"]']) {
    await assert.rejects(ask(print('output', output)), /: it printed neither a token nor JSON with one$/, output);
  }
});

test('tokenCommand refuses a command that is empty, at once', () => {
  assert.throws(() => tokenCommand(' ', { clock: new ManualClock(), env: {} }), { code: 'INVALID_OPTION' });
});

test('tokenCommand ends a command that takes too long, together with what that started', async () => {
  const clock = new ManualClock();
  const started = join(folder.path, 'started');
  const asked = ask(`sh -c 'touch "$FOLDER/started"; sleep 600' ; echo never`, clock);
  const refused = assert.rejects(asked, /: it did not end within 30 s$/);
  while (!existsSync(started)) await settle();
  assert.deepEqual(clock.pending, [tokenCommandLimitMs]);
  await clock.advance(tokenCommandLimitMs);
  await refused;
});

test('tokenCommand ends the command when it is aborted', async () => {
  const controller = new AbortController();
  const asked = ask('sleep 600', new ManualClock(), controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(asked, /^Error: enough$/);
});

test('tokenCommand does not swallow endless output', async () => {
  await assert.rejects(ask('yes'), /: it printed more than 65536 bytes$/);
});
