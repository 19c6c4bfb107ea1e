// `setup` against an IAM of the test's own: what is made, what is tried again, and what is left when something fails.

import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { iamToken, type IamServer, keyFileText, refusal, secretPart, serveIam } from '../../../test/iam-server.ts';
import type { Ask } from '../ask.ts';
import { type Pause, systemPause } from '../../setup/persistence.ts';
import { CommandError } from '../command-error.ts';
import { setupWith } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'setup-'));
after(() => rmSync(folder, { recursive: true }));
const emptyFolder = (): string => mkdtempSync(join(folder, 'of-'));

const email = 'alloydb-proxy@p.iam.gserviceaccount.com';
const member = `serviceAccount:${email}`;
const roles = ['roles/alloydb.client', 'roles/serviceusage.serviceUsageConsumer'];

interface Outcome {
  /** Standard output and standard error, and after them the error with its hint. */
  readonly said: string;
  readonly failed: boolean;
}

const atOnce: Pause = (_ms, signal) => {
  signal.throwIfAborted();
  return Promise.resolve();
};

/** Somebody presses Ctrl-C in the middle of it. */
const interrupting: Pause = (_ms, signal) => {
  const paused = systemPause(3_600_000, signal);
  process.emit('SIGINT');
  return paused;
};

async function setup(server: IamServer, argv: readonly string[], ask?: Ask, pause = atOnce): Promise<Outcome> {
  let said = '';
  const sink = { write: (line: string) => (said += line) };
  const env = { ALLOYDB_EMULATOR_HOST: server.host, HOME: folder };
  const context = { argv: [...argv, `--token=${iamToken}`], env, sinks: { out: sink, err: sink } };
  let failed = false;
  try {
    await setupWith({ pause, ask, identityLimitMs: 60_000 }, context);
  } catch (error) {
    assert(error instanceof CommandError, String(error));
    said += `${error.message}; ${error.hint}`;
    failed = true;
  }
  assert.ok(!said.includes(secretPart), said);
  return { said, failed };
}

const make = (keyFile: string, ...more: readonly string[]): readonly string[] => [
  'service-account',
  '--project=p',
  `--key-file=${keyFile}`,
  ...more,
];

/** A key that is known, in a file. */
function keyInUse(server: IamServer): string {
  const path = join(emptyFolder(), 'key.json');
  server.accounts.set(email, '');
  server.keys.add('0ld');
  writeFileSync(path, keyFileText({ id: '0ld', email, origin: `http://${server.host}` }), { mode: 0o640 });
  return path;
}

const rotate = (path: string): readonly string[] => ['rotate-key', `--key-file=${path}`, '--yes'];
const keyIdIn = (path: string): unknown =>
  (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)['private_key_id'];

test('setup reads the policy anew when somebody else changes it in between, and keeps what they wrote', async () => {
  await using server = await serveIam();
  const auditConfigs = [{ service: 'allServices' }];
  server.policy = {
    version: 3,
    etag: 'a',
    bindings: [{ role: 'roles/viewer', members: ['user:a@b.c'] }],
    auditConfigs,
  };
  let writes = 0;
  server.intercept = (request) => {
    if (!request.endsWith(':setIamPolicy') || ++writes > 2) return undefined;
    server.policy = {
      ...server.policy,
      etag: `other${writes}`,
      bindings: [...server.policy.bindings, { role: `roles/new${writes}`, members: ['user:d@e.f'] }],
    };
    return undefined;
  };
  const { failed, said } = await setup(server, make(join(emptyFolder(), 'k'), '--yes'));
  assert.ok(!failed, said);
  assert.equal(writes, 3);
  assert.deepEqual(
    server.policy.bindings.map((each) => each.role),
    ['roles/viewer', 'roles/new1', 'roles/new2', ...roles],
  );
  assert.deepEqual(server.policy.auditConfigs, auditConfigs);
});

test('setup waits for a new account to become known to the policy and to its keys', async () => {
  await using server = await serveIam();
  let early = 3;
  let earlyKeys = 2;
  server.intercept = (request) => {
    if (request.endsWith(':setIamPolicy') && early-- > 0) {
      return refusal(400, `Service account ${email} does not exist.`, 'INVALID_ARGUMENT');
    }
    return request.endsWith('/keys') && earlyKeys-- > 0 ? refusal(404, 'Unknown service account') : undefined;
  };
  const path = join(emptyFolder(), 'k');
  const { failed, said } = await setup(server, make(path, '--yes'));
  assert.ok(!failed, said);
  assert.deepEqual(
    server.policy.bindings.map((each) => each.members),
    [[member], [member]],
  );
  assert.ok(existsSync(path));
});

test('setup gives up on an account that never becomes known, and goes on from there the next time', async () => {
  await using server = await serveIam();
  let writes = 0;
  server.intercept = (request) => {
    if (!request.endsWith(':setIamPolicy')) return undefined;
    writes += 1;
    return refusal(400, `Service account ${email} does not exist.`, 'INVALID_ARGUMENT');
  };
  const path = join(emptyFolder(), 'k');
  const first = await setup(server, make(path, '--yes'));
  assert.ok(first.failed);
  assert.match(first.said, /cannot change the policy of project p: Service account \S+ does not exist; /);
  assert.ok(writes > 5 && writes < 20, String(writes));
  assert.ok(!existsSync(path));
  server.intercept = () => undefined;
  const second = await setup(server, make(path, '--yes'));
  assert.ok(!second.failed, second.said);
  assert.match(second.said, /keep service account/);
  assert.match(server.accounts.get(email) ?? '', /setup: account roles\/alloydb\.client roles\/serviceusage/);
});

test('setup deletes a key again that cannot be written', async () => {
  await using server = await serveIam();
  const path = join(emptyFolder(), 'k');
  server.intercept = (request) => {
    if (request.startsWith('POST') && request.endsWith('/keys')) writeFileSync(path, 'somebody was faster');
    return undefined;
  };
  const { failed, said } = await setup(server, make(path, '--yes'));
  assert.ok(failed);
  assert.match(said, /cannot write the key to \S+: a file is there by now; /);
  assert.equal(readFileSync(path, 'utf8'), 'somebody was faster');
  assert.deepEqual([...server.keys], []);
  assert.deepEqual(readdirSync(join(path, '..')), ['k']);
});

test('setup changes nothing when the folder of the key is not there, and says how to make one', async () => {
  await using server = await serveIam();
  const { failed, said } = await setup(server, make(join(emptyFolder(), 'none', 'k'), '--yes'));
  assert.ok(failed);
  assert.match(said, /there is no folder \S+none; make it for you alone: install -d -m 0700 /);
  assert.deepEqual([server.accounts.size, server.policy.etag], [0, 'a']);
});

test('setup warns of a folder in which others could exchange the key', {
  skip: process.platform === 'win32' && 'no modes',
}, async () => {
  await using server = await serveIam();
  const shared = emptyFolder();
  chmodSync(shared, 0o777);
  const { said } = await setup(server, make(join(shared, 'k'), '--dry-run'));
  assert.match(said, /warning: other users can exchange the key in \S+: chmod go-w /);
});

test('setup does not write a second key over a deleted one, nor over one of another account', async () => {
  await using server = await serveIam();
  const path = keyInUse(server);
  server.keys.clear();
  const deleted = await setup(server, make(path, '--yes'));
  assert.match(deleted.said, /a key that was deleted is there; .*--force/);
  const other = await setup(server, [...make(path, '--yes'), '--name=another-proxy']);
  assert.match(other.said, new RegExp(`a key of ${email} is there`));
  assert.equal(keyIdIn(path), '0ld');
});

test('setup asks for no second key when nobody knows whether there is a first', async () => {
  await using server = await serveIam();
  let asked = 0;
  server.intercept = (request) => {
    if (!request.startsWith('POST') || !request.endsWith('/keys')) return undefined;
    asked += 1;
    return refusal(503, 'The service is currently unavailable.', 'UNAVAILABLE');
  };
  const { failed, said } = await setup(server, make(join(emptyFolder(), 'k'), '--yes'));
  assert.ok(failed);
  assert.match(
    said,
    /cannot make a key for .*: The service is currently unavailable; whether there is one is not known; see: gcloud/,
  );
  assert.equal(asked, 1);
});

test('setup --undo that stopped half-way goes on from where it stopped', async () => {
  await using server = await serveIam();
  const path = join(emptyFolder(), 'k');
  await setup(server, make(path, '--yes'));
  server.intercept = (request) =>
    request.startsWith('DELETE') && !request.includes('/keys/') ? refusal(500, 'Internal error.') : undefined;
  assert.ok((await setup(server, make(path, '--yes', '--undo'))).failed);
  assert.ok(!existsSync(path) && server.accounts.has(email));
  server.intercept = () => undefined;
  const { failed, said } = await setup(server, make(path, '--yes', '--undo'));
  assert.ok(!failed, said);
  assert.equal(server.accounts.size, 0);
});

test('setup warns of a role that may more than is needed, and of a machine that needs no key', async () => {
  await using server = await serveIam();
  server.accounts.set(email, '');
  server.policy = {
    ...server.policy,
    bindings: ['roles/owner', 'roles/alloydb.admin'].map((role) => ({ role, members: [member] })),
  };
  server.identity = 'vm@p.iam.gserviceaccount.com';
  const { said } = await setup(server, make(join(emptyFolder(), 'k'), '--dry-run'));
  assert.match(
    said,
    /warning: \S+ has roles\/owner, .*: gcloud projects remove-iam-policy-binding p --member=\S+ --role=roles\/owner/,
  );
  assert.match(said, /warning: \S+ has roles\/alloydb\.admin, and a proxy needs no more than roles\/alloydb\.client/);
  assert.match(said, /warning: this machine is vm@p\.iam\.gserviceaccount\.com by itself: .*--no-key/);
  const { said: quiet } = await setup(server, ['service-account', '--project=p', '--no-key', '--dry-run']);
  assert.doesNotMatch(quiet, /this machine is/);
});

test('setup asks once, about the plan that it shows', async () => {
  await using server = await serveIam();
  const path = join(emptyFolder(), 'k');
  const asked: string[] = [];
  const no = await setup(server, make(path), (question) => {
    asked.push(question);
    return Promise.resolve(false);
  });
  assert.ok(no.failed);
  assert.match(no.said, /create service account .*\n {2}grant .*\n {2}make a key[^;]*nothing has been changed; /s);
  assert.equal(server.accounts.size, 0);
  const yes = await setup(server, make(path), () => Promise.resolve(true));
  assert.ok(!yes.failed, yes.said);
  assert.equal(asked.length, 1);
  assert.equal(keyIdIn(path), [...server.keys][0]);
});

test('setup says what cannot be undone later when the description of an account cannot be changed', async () => {
  await using server = await serveIam();
  server.accounts.set(email, 'Mine');
  server.intercept = (request) =>
    request.startsWith('PATCH') ? refusal(403, 'denied', 'PERMISSION_DENIED') : undefined;
  const path = join(emptyFolder(), 'k');
  const made = await setup(server, make(path, '--yes'));
  assert.ok(!made.failed, made.said);
  assert.match(
    made.said,
    /warning: cannot note the roles .*\(iam\.serviceAccounts\.update is needed for that\): --undo will leave the roles alone/,
  );
  const undone = await setup(server, make(path, '--yes', '--undo'));
  assert.match(undone.said, /setup has not made the key in it\n[^]*nothing to do/);
  assert.ok(existsSync(path));
  assert.equal(server.policy.bindings.length, 2);
});

test('setup --undo warns of keys that go with the account, and needs the rights that it takes', async () => {
  await using server = await serveIam();
  const path = join(emptyFolder(), 'k');
  await setup(server, make(path, '--yes'));
  server.keys.add('0ther');
  server.lacking.add('iam.serviceAccounts.delete');
  const denied = await setup(server, make(path, '--yes', '--undo'));
  assert.match(denied.said, /# needs iam\.serviceAccounts\.delete\n/);
  assert.match(denied.said, /\ngcloud iam service-accounts delete alloydb-proxy@\S+ --project=p --quiet\n/);
  assert.ok(existsSync(path) && server.accounts.has(email));
  server.lacking.clear();
  const undone = await setup(server, make(path, '--yes', '--undo'));
  assert.match(undone.said, /warning: 1 other key of \S+ will be gone with it/);
  assert.ok(!existsSync(path) && server.accounts.size === 0);
  assert.deepEqual(server.policy.bindings, []);
});

test('setup rotate-key tries the new key until it is known, and keeps mode and link of the file', async () => {
  await using server = await serveIam();
  const path = keyInUse(server);
  const link = join(emptyFolder(), 'link.json');
  symlinkSync(path, link);
  let early = 4;
  server.intercept = (request) =>
    request === 'POST /token' && early-- > 0
      ? { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } }
      : undefined;
  const { failed, said } = await setup(server, rotate(link));
  assert.ok(!failed, said);
  assert.equal(server.requests.filter((each) => each === 'POST /token').length, 5);
  assert.deepEqual([...server.keys], [keyIdIn(path)]);
  assert.notEqual(keyIdIn(path), '0ld');
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.deepEqual(readdirSync(join(path, '..')), ['key.json']);
});

test('setup rotate-key leaves the old key, and no other, when the new one never works', async () => {
  await using server = await serveIam();
  const path = keyInUse(server);
  server.intercept = (request) =>
    request === 'POST /token' ? { status: 400, body: { error: 'invalid_grant', error_description: 'No.' } } : undefined;
  const { failed, said } = await setup(server, rotate(path));
  assert.ok(failed);
  assert.match(
    said,
    /cannot rotate the key in \S+: cannot get a token .*; the old key is in its place, and the new one has been deleted/,
  );
  assert.equal(keyIdIn(path), '0ld');
  assert.deepEqual([...server.keys], ['0ld']);
});

test('setup rotate-key that is interrupted leaves the old key, and no other', async () => {
  await using server = await serveIam();
  const path = keyInUse(server);
  server.intercept = (request) =>
    request === 'POST /token' ? { status: 400, body: { error: 'invalid_grant', error_description: 'No.' } } : undefined;
  const { failed, said } = await setup(server, rotate(path), undefined, interrupting);
  assert.ok(failed);
  assert.match(said, /cannot rotate the key in \S+: interrupted; the old key is in its place/);
  assert.equal(keyIdIn(path), '0ld');
  assert.deepEqual([...server.keys], ['0ld']);
});

test('setup that is interrupted says that it can go on', async () => {
  await using server = await serveIam();
  server.intercept = (request) =>
    request.endsWith(':setIamPolicy') ? refusal(400, `Service account ${email} does not exist.`) : undefined;
  const { failed, said } = await setup(server, make(join(emptyFolder(), 'k'), '--yes'), undefined, interrupting);
  assert.ok(failed);
  assert.match(said, /\ncreated service account \S+\ninterrupted; what was done so far stays; run it again/);
});

test('setup rotate-key names the old key when it alone could not be deleted', async () => {
  await using server = await serveIam();
  const path = keyInUse(server);
  server.intercept = (request) =>
    request.startsWith('DELETE') ? refusal(403, 'Permission denied.', 'PERMISSION_DENIED') : undefined;
  const { failed, said } = await setup(server, rotate(path));
  assert.ok(failed);
  assert.match(
    said,
    /the new key [0-9a-f]{40} is in \S+, but cannot delete key 0ld .*gcloud iam service-accounts keys delete 0ld --iam-account=/,
  );
  assert.notEqual(keyIdIn(path), '0ld');
});

test('setup rotate-key changes nothing without the rights, and prints the commands', async () => {
  await using server = await serveIam();
  const path = keyInUse(server);
  server.lacking.add('iam.serviceAccountKeys.delete');
  const { failed, said } = await setup(server, rotate(path));
  assert.ok(failed);
  assert.match(
    said,
    /# needs iam\.serviceAccountKeys\.delete\n\(umask 077 && gcloud iam service-accounts keys create \S+\.new /,
  );
  assert.deepEqual([...server.keys], ['0ld']);
});

test('setup rotate-key refuses what is no key', async () => {
  await using server = await serveIam();
  const path = join(emptyFolder(), 'key.json');
  assert.match((await setup(server, rotate(path))).said, /there is no such file/);
  writeFileSync(path, '{"type": "authorized_user", "refresh_token": "s3cret"}');
  const { said } = await setup(server, rotate(path));
  assert.match(said, /cannot rotate the key in \S+: it is no service account key; /);
  assert.doesNotMatch(said, /s3cret/);
});
