// A key that is made or exchanged is written down, even when the program is interrupted, and no failure of that is one of the key.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { carryOut } from './carry-out.ts';
import { rotateKey } from './rotate-key.ts';
import type { AccountApis } from './service-accounts.ts';

const account = { project: 'shop', name: 'app', email: 'app@shop.iam.gserviceaccount.com' };
const oldId = 'a'.repeat(40);
const newId = 'b'.repeat(40);
const keyText = (id: string): string =>
  JSON.stringify({ type: 'service_account', private_key_id: id, client_email: account.email, private_key: 'none' });

type Call = Parameters<AccountApis['call']>[0];

/** Of an account with one key on record; `onCreate` runs when a key has been made. */
function apisThat({
  describe,
  onCreate = () => undefined,
}: {
  readonly describe: (call: Call) => void;
  readonly onCreate?: () => void;
}): AccountApis {
  return {
    principal: () => 'owner@example.com',
    async call(call) {
      call.signal?.throwIfAborted();
      if (call.method === 'PATCH') describe(call);
      const isCreation = call.method === 'POST' && call.path.endsWith('/keys');
      if (isCreation) onCreate();
      const value = isCreation
        ? {
            name: `projects/-/serviceAccounts/${account.email}/keys/${newId}`,
            privateKeyData: Buffer.from(keyText(newId)).toString('base64'),
          }
        : { description: `[alloydb-auth-proxy setup: key/${oldId.slice(0, 8)}]` };
      return { is: 'ok', value, date: undefined };
    },
  };
}

function keyFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'alloydb-record-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'key.json');
}

const pause = async (): Promise<void> => undefined;

function unreachable(): never {
  throw new Error('Cannot reach the API');
}

test('A key that was made while the program was interrupted is noted', async (t) => {
  const path = keyFile(t);
  const stop = new AbortController();
  const noted: unknown[] = [];
  const warnings: string[] = [];
  await carryOut([{ do: 'create-key', account: account.email, path, replace: false }], {
    apis: apisThat({ describe: ({ body }) => noted.push(body), onCreate: () => stop.abort() }),
    account,
    found: { description: '', isDisabled: false },
    signal: stop.signal,
    pause,
    onDone: () => undefined,
    onWarning: (text) => warnings.push(text),
  });
  assert.deepEqual(warnings, []);
  assert.match(JSON.stringify(noted), /setup: key\/bbbbbbbb\]/);
});

test('A key that cannot be noted is made all the same, with a warning', async (t) => {
  const path = keyFile(t);
  const warnings: string[] = [];
  await carryOut([{ do: 'create-key', account: account.email, path, replace: false }], {
    apis: apisThat({ describe: unreachable }),
    account,
    found: { description: '', isDisabled: false },
    signal: new AbortController().signal,
    pause,
    onDone: () => undefined,
    onWarning: (text) => warnings.push(text),
  });
  assert.match(warnings.join(), /^cannot note the key in .*\(cannot reach the API\): --undo will leave the key alone$/);
});

test('A rotation has succeeded when only its record cannot be written, and warns', async (t) => {
  const path = keyFile(t);
  writeFileSync(path, keyText(oldId));
  const warnings: string[] = [];
  const id = await rotateKey({
    apis: apisThat({ describe: unreachable }),
    key: { id: oldId, email: account.email, project: 'shop', path },
    prove: async () => undefined,
    signal: new AbortController().signal,
    pause,
    onWarning: (text) => warnings.push(text),
  });
  assert.equal(id, newId);
  assert.equal(readFileSync(path, 'utf8'), keyText(newId));
  assert.match(warnings.join(), /^cannot note the new key in .*\(cannot reach the API\): --undo will leave it alone$/);
});
