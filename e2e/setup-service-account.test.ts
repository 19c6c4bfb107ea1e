// From no service account to a query: `setup service-account` and `setup rotate-key` as an owner of the project runs them.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Emulator, startEmulator } from 'alloydb-emulator';
import { queryWithPg } from './support/clients.ts';
import { proxyCommand, runProxy, startProxy } from './support/proxy-process.ts';
import { runProgram, skipUnlessInstalled } from './support/tools.ts';

const owner = 'owner@example.com';
const project = 'local';
const folder = mkdtempSync(join(tmpdir(), 'alloydb-setup-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let emulator: Emulator;
before(async () => {
  // Nobody may do anything but by a role that was granted.
  emulator = await startEmulator({ defaultRoles: [] });
  emulator.grantRole(owner, 'roles/owner');
});
after(() => emulator.close());

const emptyFolder = (): string => mkdtempSync(join(folder, 'of-'));

interface Run {
  readonly as?: string;
  readonly home?: string;
}

function environment({ as = owner, home = folder }: Run): Readonly<Record<string, string>> {
  const { host } = new URL(emulator.apiEndpoint);
  return { HOME: home, ALLOYDB_EMULATOR_HOST: host, ALLOYDB_PROXY_TOKEN: emulator.mintToken(as) };
}

async function setup(args: readonly string[], run: Run = {}) {
  const { exit, stdout, stderr } = await runProxy(['setup', ...args], { env: environment(run) });
  // Whatever happens, a key is only ever in its file.
  assert.doesNotMatch(stdout + stderr, /PRIVATE KEY|MII[\w+/]{40}/);
  return { code: exit.code, stdout, stderr };
}

const makeArgs = (name: string, keyFile: string, ...more: readonly string[]): readonly string[] => [
  'service-account',
  '--project',
  project,
  '--name',
  name,
  '--key-file',
  keyFile,
  ...more,
];

/** What the APIs say, asked as the owner. */
async function ask(path: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`${emulator.apiEndpoint}/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${emulator.mintToken(owner)}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Readonly<Record<string, unknown>>;
}

interface Policy {
  readonly etag: string;
  readonly bindings: readonly {
    readonly role: string;
    readonly members: readonly string[];
    readonly condition?: object;
  }[];
}

const readPolicy = async (): Promise<Policy> =>
  (await ask(`v3/projects/${project}:getIamPolicy`, { options: { requestedPolicyVersion: 3 } })) as unknown as Policy;

const emailOf = (name: string): string => `${name}@${project}.iam.gserviceaccount.com`;

async function rolesOf(name: string): Promise<readonly string[]> {
  const { bindings } = await readPolicy();
  const member = `serviceAccount:${emailOf(name)}`;
  const found = bindings.filter(({ members, condition }) => condition === undefined && members.includes(member));
  return found.map(({ role }) => role).toSorted();
}

const accountPath = (name: string): string => `v1/projects/${project}/serviceAccounts/${emailOf(name)}`;
const isThere = async (name: string): Promise<boolean> => (await ask(accountPath(name)))['email'] === emailOf(name);

async function keysOf(name: string): Promise<readonly string[]> {
  const { keys = [] } = (await ask(`${accountPath(name)}/keys`)) as { keys?: readonly { readonly name: string }[] };
  return keys.map((key) => key.name.split('/').at(-1) ?? '');
}

const keyIn = (path: string): string =>
  (JSON.parse(readFileSync(path, 'utf8')) as { readonly private_key_id: string }).private_key_id;

test('An owner makes a service account whose key lets a proxy answer a query, rotates the key, and takes it all back', async () => {
  const home = emptyFolder();
  const keyFile = join(home, 'key.json');
  const dry = await setup(makeArgs('whole-story', keyFile, '--dry-run'));
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /^set up whole-story@local\.iam\.gserviceaccount\.com in project local/);
  assert.match(dry.stdout, /\n {2}create service account whole-story@/);
  assert.ok(!(await isThere('whole-story')) && !existsSync(keyFile));

  const made = await setup(makeArgs('whole-story', keyFile, '--yes'));
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /\ngranted .* roles\/alloydb\.client and roles\/serviceusage\.serviceUsageConsumer\n/);
  assert.ok(
    made.stdout.endsWith(`\nnext: alloydb-auth-proxy --credentials-file ${keyFile} INSTANCE_URI\n`),
    made.stdout,
  );
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(home), ['key.json']);
  const roles = ['roles/alloydb.client', 'roles/serviceusage.serviceUsageConsumer'];
  assert.deepEqual(await rolesOf('whole-story'), roles);
  const [first = ''] = await keysOf('whole-story');
  assert.equal(keyIn(keyFile), first);

  const { host } = new URL(emulator.apiEndpoint);
  const flags = ['--credentials-file', keyFile, '--port', '0', emulator.instances[0]?.uri ?? ''];
  await using proxy = await startProxy(flags, { env: { ALLOYDB_EMULATOR_HOST: host } });
  const login = { port: proxy.port, ...emulator.superuser };
  assert.equal(await queryWithPg(login, 'select 1'), 1);

  const etag = (await readPolicy()).etag;
  const again = await setup(makeArgs('whole-story', keyFile));
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /\nnothing to do\n$/);
  assert.deepEqual(await keysOf('whole-story'), [first]);
  assert.equal((await readPolicy()).etag, etag);

  const rotated = await setup(['rotate-key', '--key-file', keyFile, '--yes', '--format', 'json']);
  assert.equal(rotated.code, 0, rotated.stderr);
  const second = keyIn(keyFile);
  assert.notEqual(second, first);
  assert.deepEqual(await keysOf('whole-story'), [second]);
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  const told = JSON.parse(rotated.stdout) as { status: string; done: readonly { keyId: string; old: string }[] };
  assert.deepEqual([told.status, told.done[0]?.keyId, told.done[0]?.old], ['done', second, first]);
  assert.equal(await queryWithPg(login, 'select 2'), 2);

  const undone = await setup(makeArgs('whole-story', keyFile, '--undo', '--yes'));
  assert.equal(undone.code, 0, undone.stderr);
  assert.ok(!(await isThere('whole-story')) && !existsSync(keyFile));
  const { bindings } = await readPolicy();
  assert.doesNotMatch(JSON.stringify(bindings), /whole-story/);
  const nothing = await setup(makeArgs('whole-story', keyFile, '--undo', '--yes'));
  assert.equal(nothing.code, 0, nothing.stderr);
  assert.match(nothing.stdout, /there is no service account whole-story@.*\nnothing to do\n$/);
});

test('Who may not set the policy changes nothing, and gets the whole of it for an owner to paste', async () => {
  emulator.grantRole('developer@example.com', 'roles/editor');
  const keyFile = join(emptyFolder(), "it's mine.json");
  const { code, stdout, stderr } = await setup(makeArgs('not-allowed', keyFile, '--yes'), {
    as: 'developer@example.com',
  });
  assert.equal(code, 1);
  const member = '--member=serviceAccount:not-allowed@local.iam.gserviceaccount.com';
  const lines = stdout.split('\n');
  assert.match(lines[0] ?? '', /^# needs .*resourcemanager\.projects\.setIamPolicy$/);
  assert.match(lines[1] ?? '', /^gcloud iam service-accounts create not-allowed --project=local /);
  assert.deepEqual(lines.slice(2), [
    `gcloud projects add-iam-policy-binding local ${member} --role=roles/alloydb.client --condition=None`,
    `gcloud projects add-iam-policy-binding local ${member} --role=roles/serviceusage.serviceUsageConsumer --condition=None`,
    `(umask 077 && gcloud iam service-accounts keys create '${keyFile.replace("'", String.raw`'\''`)}' --iam-account=not-allowed@local.iam.gserviceaccount.com --project=local)`,
    `chmod 600 '${keyFile.replace("'", String.raw`'\''`)}'`,
    '',
  ]);
  assert.match(
    stderr,
    /error: .* in project local: resourcemanager\.projects\.setIamPolicy is missing; nothing has been changed\n.*hint: hand the lines above to an owner/,
  );
  assert.ok(!(await isThere('not-allowed')) && !existsSync(keyFile));
  const stranger = await setup(makeArgs('not-allowed', keyFile, '--yes', '--format', 'json'), { as: 'x@example.com' });
  assert.equal(stranger.code, 1);
  const { status, missingPermissions, commands } = JSON.parse(stranger.stdout) as Record<string, unknown>;
  assert.deepEqual([status, (missingPermissions as unknown[]).length], ['denied', 5]);
  assert.match(String((commands as unknown[])[0]), /^gcloud iam service-accounts describe .* \|\| gcloud iam /);
});

test('Without a terminal and without --yes it shows the plan and changes nothing', async () => {
  const { code, stdout, stderr } = await setup(makeArgs('not-asked', join(emptyFolder(), 'key.json')));
  assert.equal(code, 1);
  assert.match(stdout, /create service account not-asked@/);
  assert.match(stderr, /error: .*no terminal to ask on.*\n.*hint: .*--yes\n$/);
  assert.ok(!(await isThere('not-asked')));
});

test('On a terminal it asks, and does what is answered', { skip: skipUnlessInstalled('script') }, async () => {
  const keyFile = join(emptyFolder(), 'key.json');
  const command = [...proxyCommand, 'setup', ...makeArgs('is-asked', keyFile)].join(' ');
  const answered = async (answer: string) => {
    const line = `echo ${answer} | script -qefc "${command}" /dev/null`;
    return runProgram('sh', ['-c', line], { ...process.env, ...environment({}) });
  };
  const no = await answered('n');
  assert.match(no.stdout, /create service account .*make a key .*\nGo on\? \[y\/N\] /s);
  assert.match(no.stdout, /nothing has been changed/);
  assert.ok(!(await isThere('is-asked')));
  const yes = await answered('y');
  assert.equal(yes.status, 0, yes.stdout);
  assert.ok((await isThere('is-asked')) && existsSync(keyFile));
});

test('An account that was there before keeps what it had: only what was added is taken back', async () => {
  const account = emailOf('was-there');
  const keyFile = join(emptyFolder(), 'key.json');
  await ask(`v1/projects/${project}/serviceAccounts`, {
    accountId: 'was-there',
    serviceAccount: { description: 'The app' },
  });
  emulator.grantRole(account, { role: 'roles/alloydb.client', on: `projects/${project}` });
  emulator.grantRole(account, { role: 'roles/editor', on: `projects/${project}` });
  const condition = { title: 'until 2100', expression: 'request.time < timestamp("2100-01-01T00:00:00Z")' };
  const conditional = {
    role: 'roles/serviceusage.serviceUsageConsumer',
    members: [`serviceAccount:${account}`],
    condition,
  };
  const policy = await readPolicy();
  await ask(`v3/projects/${project}:setIamPolicy`, {
    policy: { ...policy, version: 3, bindings: [...policy.bindings, conditional] },
  });
  const made = await setup(makeArgs('was-there', keyFile, '--yes'));
  assert.equal(made.code, 0, made.stderr);
  assert.match(
    made.stderr,
    /warning: was-there@\S+ has roles\/editor, and may change nearly everything in the project/,
  );
  assert.match(made.stdout, /keep service account was-there@/);
  const consumer = 'roles/serviceusage.serviceUsageConsumer';
  assert.deepEqual(await rolesOf('was-there'), ['roles/alloydb.client', 'roles/editor', consumer]);
  assert.match(String((await ask(accountPath('was-there')))['description']), /^The app \[alloydb-auth-proxy setup: /);

  const rotated = await setup(['rotate-key', '--key-file', keyFile, '--yes']);
  assert.equal(rotated.code, 0, rotated.stderr);
  const undone = await setup(makeArgs('was-there', keyFile, '--undo', '--yes'));
  assert.equal(undone.code, 0, undone.stderr);
  assert.deepEqual(await rolesOf('was-there'), ['roles/alloydb.client', 'roles/editor']);
  assert.deepEqual(await keysOf('was-there'), []);
  assert.ok(!existsSync(keyFile));
  assert.equal((await ask(accountPath('was-there')))['description'], 'The app');
  const kept = (await readPolicy()).bindings.filter((binding) => binding.condition !== undefined);
  assert.deepEqual(kept, [conditional]);
});

test('Where the organisation forbids keys, account and roles are made, and it says how to go on', async (t) => {
  const keyFile = join(emptyFolder(), 'key.json');
  emulator.disableKeyCreation();
  t.after(() => emulator.disableKeyCreation(false));
  const refused = await setup(makeArgs('without-key', keyFile, '--yes'));
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /error: .*organisation policy forbids keys.*\n.*hint: .*--impersonate-service-account=without-key@/,
  );
  assert.ok(!existsSync(keyFile));
  const again = await setup(['service-account', '--project', project, '--name', 'without-key', '--no-key']);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /nothing to do/);
});

test('A file in the place of the key is not touched without --force', async () => {
  const keyFile = join(emptyFolder(), 'notes.txt');
  writeFileSync(keyFile, 'mine');
  const refused = await setup(makeArgs('with-force', keyFile, '--yes'));
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /another file is there\n.*--force/);
  assert.equal(readFileSync(keyFile, 'utf8'), 'mine');
  assert.ok(!(await isThere('with-force')));
  const forced = await setup(makeArgs('with-force', keyFile, '--yes', '--force', '--role', 'admin'));
  assert.equal(forced.code, 0, forced.stderr);
  assert.match(forced.stderr, /warning: roles\/alloydb\.admin may change and delete clusters/);
  assert.deepEqual(await keysOf('with-force'), [keyIn(keyFile)]);
});
