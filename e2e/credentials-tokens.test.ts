// Tokens that something else has made: given, in a file, printed by a command, kept by gcloud.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { latestCaller, startProxyWith, writeSecret } from './support/chosen-credentials.ts';
import { queryWithPg } from './support/clients.ts';
import { type Setting, setUp } from './support/setting.ts';

const person = 'ada@example.com';
const other = 'grace@example.com';

/** A folder with a program named gcloud that notes its arguments and prints the answer of `config-helper`. */
function installGcloud({ emulator, folder }: Setting): { readonly PATH: string; readonly called: string } {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const answer = {
    configuration: { properties: { core: { account: person } } },
    credential: {
      access_token: emulator.mintToken(person),
      token_expiry: new Date(Date.now() + 3_600_000).toISOString(),
    },
  };
  writeSecret(join(bin, 'answer.json'), JSON.stringify(answer));
  writeFileSync(join(bin, 'gcloud'), '#!/bin/sh\necho "$*" >> "$0.called"\ncat "${0%gcloud}answer.json"\n');
  chmodSync(join(bin, 'gcloud'), 0o755);
  return { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, called: join(bin, 'gcloud.called') };
}

test('Each source of ready-made tokens logs its principal in, and its start line is the official one', async (t) => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  await emulator.createIamUser(person);
  const token = emulator.mintToken(person);
  const file = writeSecret(join(folder, 'token'), `${token}\n`);
  const withExpiry = writeSecret(join(folder, 'token.json'), JSON.stringify({ access_token: token, expires_in: 3600 }));
  const { PATH, called } = installGcloud(setting);
  const sources = [
    { args: ['--token', token], line: 'Authorizing with OAuth2 token' },
    { args: ['--token-file', file], line: `Authorizing with the OAuth2 token in "${file}"` },
    { args: ['--token-command', `cat '${file}'`], line: 'Authorizing with the OAuth2 token of a command' },
    { args: ['--token-command', `cat '${withExpiry}'`], line: 'Authorizing with the OAuth2 token of a command' },
    { args: ['--gcloud-auth'], env: { PATH }, line: 'Authorizing with gcloud user credentials' },
  ];
  for (const { args, line, env = {} } of sources) {
    await t.test(args.join(' ').replace(token, 'TOKEN'), async () => {
      await using proxy = await startProxyWith(setting, { args: ['--debug-logs', '-i', ...args], env });
      assert.ok(proxy.output.includes(line), proxy.output);
      for (let round = 0; round < 2; round += 1) {
        assert.equal(await queryWithPg({ port: proxy.port, user: person }, 'select current_user'), person);
      }
      assert.equal(latestCaller(emulator), person);
      assert.ok(!proxy.output.includes(token), 'the token stays out of the log');
    });
  }
  const runs = readFileSync(called, 'utf8');
  assert.equal(
    runs,
    '--format json config config-helper --min-expiry 1h\n',
    'gcloud runs once for all calls and logins',
  );
});

test('--login-token logs in to the database, and the other credentials call the Admin API', async () => {
  await using setting = await setUp();
  const { emulator, keyFile } = setting;
  await emulator.createIamUser(other);
  const args = ['-i', '--token', emulator.mintToken(person), '--login-token', emulator.mintToken(other)];
  await using proxy = await startProxyWith(setting, { args });
  await proxy.waitFor('Authenticating IAM database logins with the login token');
  assert.equal(await queryWithPg({ port: proxy.port, user: other }, 'select current_user'), other);
  assert.equal(latestCaller(emulator), person);

  // Also beside a key file, which the official proxy does not allow.
  const beside = ['-i', '--credentials-file', keyFile, '--login-token', emulator.mintToken(other)];
  await using second = await startProxyWith(setting, { args: beside });
  assert.equal(await queryWithPg({ port: second.port, user: other }, 'select current_user'), other);
});

test('--login-token has no effect on logins with a password', async () => {
  await using setting = await setUp();
  const { emulator, keyFile } = setting;
  const stale = emulator.mintToken(other, { expiresInSeconds: -60 });
  await using proxy = await startProxyWith(setting, { args: ['--credentials-file', keyFile, '--login-token', stale] });
  await proxy.waitFor('Ignoring --login-token: no instance uses --auto-iam-authn');
  assert.equal(await queryWithPg({ port: proxy.port, ...emulator.superuser }, 'select 1'), 1);
});

test('A command or gcloud that gives no token says what to do', async (t) => {
  await using setting = await setUp();
  const { emulator, folder } = setting;
  const login = { ...emulator.superuser };
  await t.test('--token-command', async () => {
    const args = ['--token-command', 'echo "vault is sealed" >&2; exit 3'];
    await using proxy = await startProxyWith(setting, { args });
    await assert.rejects(queryWithPg({ port: proxy.port, ...login }, 'select 1'));
    await proxy.waitFor('Cannot get a token from the token command: it ended with exit code 3: vault is sealed');
  });
  await t.test('--gcloud-auth where gcloud is missing', async () => {
    await using proxy = await startProxyWith(setting, { args: ['--gcloud-auth'], env: { PATH: folder } });
    await assert.rejects(queryWithPg({ port: proxy.port, ...login }, 'select 1'));
    await proxy.waitFor('hint: install the Google Cloud CLI');
  });
});
