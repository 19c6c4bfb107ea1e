// `update check` against servers of the test's own: exit codes, what is printed, whom it asks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerWith } from '../../../test/answering-server.ts';
import { failureOf } from '../../../test/update-rig.ts';
import type { Installation } from '../../update/installation.ts';
import { UsageError } from '../usage-error.ts';
import { updateWith } from './update.ts';

interface Outcome {
  readonly code: number;
  readonly text: string;
}

interface Run {
  readonly env?: NodeJS.ProcessEnv;
  readonly installation?: Installation;
}

async function update(
  argv: readonly string[],
  { env = {}, installation = { by: 'executable', path: '/x' } }: Run = {},
) {
  let text = '';
  const sinks = {
    out: { write: (line: string) => (text += line) },
    err: { write: (line: string) => assert.fail(line) },
  };
  const code = await updateWith({ installation, defaultFeed: undefined, publicKey: undefined }, { argv, env, sinks });
  return { code, text } satisfies Outcome;
}

const day = 86_400_000;

function releaseDocument(tag: string, publishedAt = new Date(Date.now() - 12 * day - day / 2).toISOString()): string {
  return JSON.stringify({ tag_name: tag, html_url: 'https://code.example/new', published_at: publishedAt });
}

test('update check exits with 10 and says how to get the newer version', async () => {
  await using feed = await answerWith((_request, response) => response.end(releaseDocument('v99.0.0')));
  const { code, text } = await update(['check', '--feed', `http://127.0.0.1:${feed.port}/latest`]);
  assert.equal(code, 10);
  const date = new Date(Date.now() - 12 * day - day / 2).toISOString().slice(0, 10);
  assert.equal(
    text,
    [
      'alloydb-auth-proxy 0.1.0 is out of date',
      `  newest   99.0.0, released 12 days ago (${date})`,
      '  changes  https://code.example/new',
      '  update   alloydb-auth-proxy update apply',
      '',
    ].join('\n'),
  );
});

test('update check exits with 0 for the newest version, and for one that is newer than that', async () => {
  for (const tag of ['v0.1.0', '0.0.9']) {
    await using feed = await answerWith((_request, response) => response.end(releaseDocument(tag)));
    const env = { ALLOYDB_PROXY_UPDATE_FEED: `http://127.0.0.1:${feed.port}/latest` };
    const { code, text } = await update(['check'], { env });
    assert.equal(code, 0);
    assert.match(text, /^alloydb-auth-proxy 0\.1\.0 is up to date\n {2}newest {3}0\.\d\.\d, released 12 days ago/);
    assert.doesNotMatch(text, /update {3}/);
  }
});

test('update check --format json says the same in one object', async () => {
  await using feed = await answerWith((_request, response) => response.end(releaseDocument('1.0.0')));
  const { text } = await update(['check', '--format', 'json', '--feed', `http://127.0.0.1:${feed.port}/latest`]);
  const { releasedAt, ...others } = JSON.parse(text) as Record<string, unknown>;
  assert.match(String(releasedAt), /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(others, {
    status: 'out-of-date',
    source: 'release-feed',
    current: '0.1.0',
    newest: '1.0.0',
    ageDays: 12,
    changes: 'https://code.example/new',
    update: 'alloydb-auth-proxy update apply',
  });
});

test('update check asks the registry of npm when npm has installed the program', async () => {
  await using registry = await answerWith((_request, response) => response.end('{"dist-tags":{"latest":"1.0.0"}}'));
  const { code, text } = await update(['check'], {
    env: { npm_config_registry: `http://127.0.0.1:${registry.port}` },
    installation: { by: 'npm', as: 'global' },
  });
  assert.equal(code, 10);
  assert.match(text, /newest {3}1\.0\.0\n {2}update {3}npm install --global alloydb-auth-proxy@latest\n$/);
});

test("update check --image asks the image's registry, and compares with its tag where that is a version", async () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  await using registry = await answerWith((request, response) => {
    if (request.method === 'HEAD') response.writeHead(200, { 'docker-content-digest': digest }).end();
    else response.end('{"tags":["1.0.0","1.1.0","latest"]}');
  });
  const image = `127.0.0.1:${registry.port}/a/proxy`;
  assert.equal((await update(['check', '--image', `${image}:1.1.0`])).code, 0);
  for (const [name, current] of [
    [`${image}:1.0.0`, '1.0.0'],
    [image, '0.1.0'],
    [`${image}:latest`, '0.1.0'],
  ] as const) {
    const { code, text } = await update(['check', '--image', name]);
    assert.equal(code, 10);
    assert.ok(text.startsWith(`alloydb-auth-proxy ${current} is out of date\n`), text);
    assert.ok(text.endsWith(`  update   docker pull ${image}:1.1.0@${digest}\n`), text);
  }
});

const mistakes: readonly (readonly [argv: readonly string[], run: Run, message: RegExp])[] = [
  [[], {}, /^update needs to know what to do; write it like alloydb-auth-proxy update check/],
  [['chek'], {}, /^unknown word "chek" behind update; did you mean "check"\?$/],
  [['check', 'now'], {}, /^unexpected argument "now" for update/],
  [['check', '--image', 'proxy'], {}, /^invalid value "proxy" for --image: expected HOST\/NAME\[:TAG\]/],
  [
    ['check', '--image', 'r.example/p', '--feed', 'https://f.example'],
    {},
    /^--image and --feed cannot be used together/,
  ],
  [['apply', '--image', 'r.example/p'], {}, /^update apply takes no --image; remove --image$/],
  [['rollback', '--feed', 'https://f.example'], {}, /^update rollback takes no --feed/],
  [['check'], { installation: { by: 'container' } }, /^cannot know which image .*; name it: --image HOST\/NAME:TAG$/],
  [['check'], { installation: { by: 'clone' } }, /^this build knows no release feed; name it: --feed https:/],
];

const refusals: readonly (readonly [installation: Installation, message: RegExp])[] = [
  [{ by: 'npm', as: 'global' }, /^cannot update .* by npm, .*; run npm install --global alloydb-auth-proxy@latest$/],
  [{ by: 'container' }, /^cannot update this program: it runs in a container, .*; run docker pull HOST\/NAME:TAG$/],
  [{ by: 'clone' }, /^cannot update this program: it runs from its sources; run git pull && npm ci$/],
];

for (const [installation, message] of refusals) {
  test(`update apply and rollback leave a program alone that is there by ${installation.by}`, async () => {
    for (const action of ['apply', 'rollback'])
      assert.match(await failureOf(update([action], { installation })), message);
  });
}

test('update apply does nothing in a build that could not verify a release', async () => {
  assert.match(await failureOf(update(['apply'])), /^this build holds no key to verify a release with; install /);
});

for (const [argv, run, message] of mistakes) {
  test(`update ${argv.join(' ')} is refused, run from ${JSON.stringify(run)}`, async () => {
    await assert.rejects(update(argv, run), (error) => {
      assert(error instanceof UsageError);
      assert.match(`${error.message}; ${error.hint}`, message);
      return true;
    });
  });
}
