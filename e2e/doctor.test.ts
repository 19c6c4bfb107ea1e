// From a project without a service account to a query, with the doctor's word on the way; and what else the command promises.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startEmulator } from 'alloydb-emulator';
import { DnsServer } from '../packages/proxy/test/dns-server.ts';
import { queryWithPg } from './support/clients.ts';
import { assertNoSecret, complaints, examine } from './support/doctor/examination.ts';
import { openWard } from './support/doctor/patient.ts';
import { carryOut } from './support/doctor/printed-commands.ts';
import { runProxy, startProxy } from './support/proxy-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'alloydb-doctor-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('A fresh project: setup service-account, doctor all green, and the proxy with that key answers a query', async () => {
  await using emulator = await startEmulator({ defaultRoles: [] });
  const owner = 'owner@example.com';
  emulator.grantRole(owner, 'roles/owner');
  const [instance = assert.fail()] = emulator.instances;
  const keyFile = join(folder, 'proxy.json');
  const env = { HOME: folder, ALLOYDB_EMULATOR_HOST: emulator.metadataHost };
  const asOwner = { env: { ...env, ALLOYDB_PROXY_TOKEN: emulator.mintToken(owner) } };
  const words = ['setup', 'service-account', '--project', 'local', '--key-file', keyFile, '--yes'];
  const made = await runProxy(words, asOwner);
  assert.equal(made.exit.code, 0, made.output);

  const flags = ['--credentials-file', keyFile, '--port', '0', instance.uri];
  const healthy = await examine({ args: flags, env });
  assert.deepEqual(complaints(healthy), [], healthy.text);

  await using proxy = await startProxy(flags, { env });
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 42 as answer'), 42);

  const beside = await examine({
    args: ['--credentials-file', keyFile, '--port', String(proxy.port), instance.uri],
    env,
  });
  assert.match(
    complaints(beside)[0]?.evidence ?? '',
    new RegExp(`held by process ${proxy.pid}, which is an alloydb-auth-proxy`),
  );

  // The account of setup may connect, and is no user of the database yet: the doctor says both, one after the other.
  const iamUser = 'alloydb-proxy@local.iam';
  const iam = { args: [...flags, '--auto-iam-authn', '--user', iamUser], env };
  const fixes = [];
  for (;;) {
    const found = await examine(iam);
    const [complaint] = complaints(found);
    if (complaint === undefined) break;
    assert.ok(fixes.length < 2, found.text);
    fixes.push(complaint.id);
    await carryOut(complaint.fix ?? assert.fail(found.text), emulator);
  }
  assert.deepEqual(fixes, ['permissions', 'postgres']);
});

test('doctor prints a table with the evidence and the fix, --bundle a report, and neither of them a secret', async () => {
  await using ward = await openWard(1);
  const { run, folder: home, account, instance } = await ward.admit();
  const bundle = join(home, 'report.json');
  const env = {
    PGPASSWORD: 'pass-of-ann',
    ALLOYDB_PROXY_TOKEN_COMMAND: '',
    HTTPS_PROXY: 'http://gate:pass-of-gate@127.0.0.1:9',
  };
  const { args, env: environment } = run({ user: 'ann', env, args: ['--bundle', bundle] });
  const { ALLOYDB_PROXY_TOKEN_COMMAND: _none, ...clean } = environment;
  const { exit, stdout, stderr } = await runProxy(['doctor', ...args], { env: clean });
  assert.equal(exit.code, 1, stdout + stderr);
  assert.match(stdout, /^pass {2}credentials {2,}service account key in /m);
  assert.match(stdout, /^FAIL {2}Auto IAM user name {2,}the credentials are those of doctor@bed-0\./m);
  assert.match(stdout, /^ +fix: log in as that user: --user doctor@bed-0\.iam$/m);
  assert.match(stdout, /^skip {2}PostgreSQL {2,}because "Auto IAM user name" failed$/m);
  assert.match(stdout, /^1 failed, \d+ to look at, \d+ passed, \d+ skipped, in \d+\.\d s$/m);
  assert.ok(stdout.includes(`\n${instance.uri}\n`), stdout);

  assert.equal(statSync(bundle).mode & 0o777, 0o600);
  const text = readFileSync(bundle, 'utf8');
  const report = JSON.parse(text) as {
    readonly environmentVariables: readonly string[];
    readonly configuration: { readonly settings: Readonly<Record<string, { readonly value: unknown }>> };
    readonly checks: readonly { readonly id: string }[];
  };
  assert.ok(report.environmentVariables.includes('PGPASSWORD'), text);
  assert.equal(report.configuration.settings['auto-iam-authn']?.value, true);
  assert.ok(report.checks.some(({ id }) => id === 'iam-user'));
  assert.ok(text.includes(account));
  for (const each of [stdout, stderr, text]) assertNoSecret(each);

  const again = await runProxy(['doctor', ...args], { env: clean });
  assert.equal(again.exit.code, 1);
  assert.match(
    again.stderr,
    /error: cannot write the report: \S+report\.json is there already\n.*hint: name another file/,
  );
  assert.equal(readFileSync(bundle, 'utf8'), text);
});

test('doctor hides secrets that stand in settings, also where a server sends them back', async () => {
  await using ward = await openWard(1);
  const { run, folder: home, emulator, account } = await ward.admit();
  const bundle = join(home, 'report.json');
  const config = join(home, 'proxy.toml');
  const token = emulator.mintToken(account);
  writeFileSync(config, `token = "${token}"\n`);
  emulator.addFault({ kind: 'api-error', status: 500, message: `you sent ${token}`, times: 10 });
  const { args, env } = run({ credentials: ['--config-file', config], args: ['--bundle', bundle] });
  const { stdout, stderr } = await runProxy(['doctor', ...args], { env });
  for (const each of [stdout, stderr, readFileSync(bundle, 'utf8')]) assert.ok(!each.includes(token), each);
  assert.match(readFileSync(bundle, 'utf8'), /"value": "\[redacted\]"/);
});

test('doctor without an instance checks what all instances have in common', async () => {
  await using ward = await openWard(1);
  const { keyFile, run } = await ward.admit();
  const { env } = run();
  const found = await examine({ args: ['--credentials-file', keyFile], env });
  assert.equal(found.ok, true, found.text);
  assert.deepEqual(
    complaints(found).map(({ id, status }) => `${id} ${status}`),
    ['configuration warn'],
  );
  assert.ok(
    found.checks.some(({ id, status }) => id === 'api-enabled' && status === 'pass'),
    found.text,
  );
});

test('doctor leaves no trace where it looks: no socket, no folder, no empty report', async () => {
  await using ward = await openWard(1);
  const { run, folder: home } = await ward.admit();
  const bundle = join(home, 'nowhere', 'report.json');
  const { args, env } = run({ listen: ['--unix-socket', home], args: ['--bundle', bundle] });
  const { exit, stderr } = await runProxy(['doctor', ...args], { env });
  assert.equal(exit.code, 1);
  assert.match(stderr, /cannot write the report/);
  assert.ok(!existsSync(join(home, 'nowhere')));
  assert.ok(!existsSync(join(home, 'bed-0.us-central1.demo.primary')));
});

test('doctor follows a DNS name to the instance, and names the one that leads where it may not', async () => {
  await using ward = await openWard(1);
  const patient = await ward.admit();
  const { project, instance } = patient;
  await using dns = await DnsServer.start([['projects/other/locations/r/clusters/c/instances/i']]);
  const run = patient.run({
    instance: `db.example.com?allow=projects/${project}`,
    args: ['--dns-server', dns.address],
  });
  const astray = await examine(run);
  assert.deepEqual(
    complaints(astray).map(({ id, status }) => `${id} ${status}`),
    ['domain fail'],
  );
  dns.answer = [[instance.uri]];
  const found = await examine(run);
  assert.deepEqual(complaints(found), [], found.text);
  assert.ok(
    found.checks.some(({ id, status }) => id === 'postgres' && status === 'pass'),
    found.text,
  );
});

test('doctor does not take a login token for one of the principal', async () => {
  await using ward = await openWard(1);
  const { run, emulator, account, project } = await ward.admit();
  const ann = 'ann@example.com';
  const user = await emulator.createIamUser(ann);
  emulator.grantRole(ann, { role: 'roles/alloydb.databaseUser', on: `projects/${project}` });
  emulator.revokeRole(account, { role: 'roles/alloydb.databaseUser', on: `projects/${project}` });
  const found = await examine(run({ user, args: ['--login-token', emulator.mintToken(ann)] }));
  assert.deepEqual(complaints(found), [], found.text);
  const statusOf = (id: string) => found.checks.find((check) => check.id === id)?.status;
  assert.deepEqual([statusOf('iam-user'), statusOf('permissions'), statusOf('postgres')], ['skip', 'pass', 'pass']);
});
