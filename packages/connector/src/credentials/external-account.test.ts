// Workload identities against a real Security Token Service in this process.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { after, test } from 'node:test';
import { type Answer, answeringServer } from '../../test/answering-server.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { scratchFolder } from '../../test/scratch-folder.ts';
import { nodeHttpClient } from '../http/http-client.ts';
import { externalAccount } from './external-account.ts';
import type { IdentitySeams } from './identity.ts';

const folder = scratchFolder();
after(() => folder[Symbol.dispose]());
const never = new AbortController().signal;
const clock = new ManualClock();
const audience = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q';
const jwt = 'urn:ietf:params:oauth:token-type:jwt';
const granted: Answer = { body: { access_token: 'federated', expires_in: 3600 } };

interface Setup {
  readonly tokenUrl: string;
  readonly source: object;
  readonly more?: object;
  readonly env?: IdentitySeams['env'];
  readonly agent?: IdentitySeams['agent'];
}

function account({ tokenUrl, source, more, env = process.env, agent }: Setup) {
  const json = {
    type: 'external_account',
    audience,
    subject_token_type: jwt,
    token_url: tokenUrl,
    credential_source: source,
    ...more,
  };
  const closed = new AbortController().signal;
  const seams = { http: nodeHttpClient, clock, env, agent, universeDomain: 'googleapis.com', closed };
  return externalAccount(json, '"wif.json"', seams);
}

/** A Security Token Service that grants everything, and the fields it was last sent. */
async function exchange(answer: Answer = granted) {
  const server = await answeringServer(() => answer);
  const last = () => Object.fromEntries(new URLSearchParams(server.asked.at(-1)?.body));
  return { url: `${server.origin}/v1/token`, server, last, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function script(text: string): string {
  return `"${process.execPath}" "${folder.write(`script-${clock.now()}-${Math.random()}.mjs`, text)}"`;
}

test('externalAccount exchanges the token in a file, as it is at that moment', async () => {
  await using sts = await exchange();
  const source = { file: folder.write('subject', 'subject-1\n') };
  const { tokens } = account({ tokenUrl: sts.url, source });
  const { value, expiresAt } = await tokens.token('scope-a', never);
  assert.deepEqual([value, expiresAt], ['federated', clock.now() + 3_600_000]);
  assert.deepEqual(sts.last(), {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience,
    scope: 'scope-a',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: 'subject-1',
    subject_token_type: jwt,
  });
  folder.write('subject', 'subject-2');
  await tokens.token('scope-a', never);
  assert.equal(sts.last()['subject_token'], 'subject-2');
});

test('externalAccount asks a URL with the headers given, and reads a field of JSON', async () => {
  await using sts = await exchange();
  await using identity = await answeringServer(() => ({ body: { id: 'subject-3' } }));
  const format = { type: 'json', subject_token_field_name: 'id' };
  const source = { url: `${identity.origin}/id?x=1`, headers: { Metadata: 'True' }, format };
  await account({ tokenUrl: sts.url, source }).tokens.token('s', never);
  assert.equal(sts.last()['subject_token'], 'subject-3');
  assert.deepEqual([identity.asked[0]?.path, identity.asked[0]?.headers['metadata']], ['/id?x=1', 'True']);
});

test('externalAccount runs an executable that the environment allows', async () => {
  await using sts = await exchange();
  const command = script(`
    const { GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: audience } = process.env;
    console.error('a warning');
    console.log(JSON.stringify({ version: 1, success: true, token_type: '${jwt}', id_token: 'from ' + audience }));
  `);
  const env = { ...process.env, GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1' };
  await account({ tokenUrl: sts.url, source: { executable: { command } }, env }).tokens.token('s', never);
  assert.equal(sts.last()['subject_token'], `from ${audience}`);
});

test('externalAccount uses the output file of an executable until the token in it expires', async () => {
  await using sts = await exchange();
  const answer = { version: 1, success: true, id_token: 'kept', expiration_time: clock.now() / 1000 + 60 };
  const outputFile = folder.write('output.json', answer);
  const command = script(`console.log('{"version":1,"success":true,"id_token":"new"}')`);
  const source = { executable: { command, output_file: outputFile } };
  const env = { ...process.env, GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1' };
  const { tokens } = account({ tokenUrl: sts.url, source, env });
  await tokens.token('s', never);
  assert.equal(sts.last()['subject_token'], 'kept');
  folder.write('output.json', { ...answer, expiration_time: clock.now() / 1000 });
  await tokens.token('s', never);
  assert.equal(sts.last()['subject_token'], 'new');
});

test('externalAccount survives an executable that is missing, fails or is killed, and shows nothing it printed', async () => {
  await using sts = await exchange();
  const env = { ...process.env, GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1' };
  for (const [command, reason] of [
    [`${folder.path}/missing`, /no such file or directory$/],
    [script('console.log("printed-secret"); process.exit(3)'), /exit code 3$/],
    [script('process.kill(process.pid, "SIGKILL")'), /exit code unknown$/],
    [script('console.log("printed-secret")'), /its answer holds no token$/],
    [script('console.log(`{"success":false,"code":"1","message":"printed-secret"}`)'), /its answer holds no token$/],
  ] as const) {
    const { tokens } = account({ tokenUrl: sts.url, source: { executable: { command } }, env });
    await assert.rejects(tokens.token('s', never), { code: 'TOKEN_REQUEST_FAILED', message: reason });
  }
  assert.equal(sts.server.asked.length, 0);
});

test('externalAccount names its client, or else the project of the workforce pool', async () => {
  await using sts = await exchange();
  const source = { file: folder.write('subject-w', 'subject') };
  const pool = { workforce_pool_user_project: 'wp' };
  await account({ tokenUrl: sts.url, source, more: pool }).tokens.token('s', never);
  assert.equal(sts.last()['options'], '{"userProject":"wp"}');
  const client = { ...pool, client_id: 'id', client_secret: 'cs' };
  await account({ tokenUrl: sts.url, source, more: client }).tokens.token('s', never);
  assert.equal(sts.last()['options'], undefined);
  assert.equal(sts.server.asked.at(-1)?.headers.authorization, `Basic ${btoa('id:cs')}`);
});

test('externalAccount goes on to the service account that it names, with the life it asks for', async () => {
  const reply = { accessToken: 'impersonated', expireTime: '2026-01-01T00:30:00Z' };
  await using iam = await answeringServer(() => ({ body: reply }));
  await using sts = await exchange();
  const more = {
    service_account_impersonation_url: `${iam.origin}/v1/projects/-/serviceAccounts/sa@p:generateAccessToken`,
    service_account_impersonation: { token_lifetime_seconds: 1800 },
  };
  const source = { file: folder.write('subject-i', 'subject') };
  const identity = account({ tokenUrl: sts.url, source, more });
  assert.equal(identity.principal(), 'sa@p');
  assert.equal((await identity.tokens.token('login', never)).value, 'impersonated');
  await identity.tokens.token('other', never);
  assert.equal(sts.last()['scope'], 'https://www.googleapis.com/auth/cloud-platform');
  assert.equal(sts.server.asked.length, 1);
  assert.equal(iam.asked[0]?.headers.authorization, 'Bearer federated');
  assert.deepEqual(JSON.parse(iam.asked[0]?.body ?? ''), { delegates: [], scope: ['login'], lifetime: '1800s' });
});

test('externalAccount signs a request to AWS, and asks for the region through the agent it is handed', async () => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'aws-secret' };
  Object.assign(process.env, env);
  after(() => Object.keys(env).forEach((name) => delete process.env[name]));
  delete process.env['AWS_REGION'];
  delete process.env['AWS_DEFAULT_REGION'];
  await using metadata = await answeringServer(() => ({ body: 'eu-west-1b' }));
  await using sts = await exchange();
  const source = {
    environment_id: 'aws1',
    region_url: `${metadata.origin}/zone`,
    regional_cred_verification_url: 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
  };
  const routed: string[] = [];
  const agent = (url: URL): Agent => {
    routed.push(url.pathname);
    return new Agent();
  };
  await account({ tokenUrl: sts.url, source, agent }).tokens.token('s', never);
  assert.deepEqual(routed, ['/zone']);
  const signed = JSON.parse(decodeURIComponent(sts.last()['subject_token'] ?? '')) as { url: string };
  assert.match(signed.url, /^https:\/\/sts\.eu-west-1\.amazonaws\.com/);
});

test('externalAccount shows nothing of what google-auth-library was answered', async () => {
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIA';
  after(() => delete process.env['AWS_ACCESS_KEY_ID']);
  const body = { error: { code: 400, message: 'answered-secret', errors: [] } };
  await using metadata = await answeringServer(() => ({ status: 400, body }));
  const source = { environment_id: 'aws1', region_url: metadata.origin, regional_cred_verification_url: 'https://x' };
  await assert.rejects(account({ tokenUrl: metadata.origin, source }).tokens.token('s', never), {
    code: 'TOKEN_REQUEST_FAILED',
    message: 'Cannot get a token with the external account in "wif.json": HTTP status 400',
  });
});

test('externalAccount says which certificate configuration is missing', async () => {
  const location = `${folder.path}/certificates.json`;
  const source = { certificate: { certificate_config_location: location } };
  await assert.rejects(account({ tokenUrl: 'https://sts.invalid', source }).tokens.token('s', never), {
    code: 'TOKEN_REQUEST_FAILED',
    message: /"wif\.json": .*certificates\.json$/,
  });
});

test('externalAccount reports the words of a service that refuses, and where a file is missing', async () => {
  await using sts = await exchange({
    status: 400,
    body: { error: 'invalid_target', error_description: 'No audience.' },
  });
  const file = folder.write('subject-r', 'subject');
  await assert.rejects(account({ tokenUrl: sts.url, source: { file } }).tokens.token('s', never), {
    code: 'TOKEN_REQUEST_REFUSED',
    message: /the external account in "wif\.json": .* answered: No audience\.$/,
  });
  const missing = account({ tokenUrl: sts.url, source: { file: `${file}-missing` } });
  await assert.rejects(missing.tokens.token('s', never), /-missing": no such file or directory$/);
});
