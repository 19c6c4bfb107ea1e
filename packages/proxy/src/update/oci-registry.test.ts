// ociRegistry against a server that speaks the distribution protocol: pages of tags, tokens, digests.

import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { test } from 'node:test';
import { answerWith } from '../../test/answering-server.ts';
import { failureOf, nowMs, plainFetch } from '../../test/update-rig.ts';
import { UsageError } from '../cli/usage-error.ts';
import { parseImageReference } from './image-reference.ts';
import { ociRegistry } from './oci-registry.ts';
import type { NewestVersion } from './version-source.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

function newestOf(image: string): Promise<NewestVersion> {
  return ociRegistry({ image: parseImageReference(image), fetch: plainFetch(), now: () => nowMs }).newest();
}

/** Serves tags, two a page. */
function registryOf(tags: readonly string[]): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (request.method === 'HEAD') {
      response.writeHead(200, { 'docker-content-digest': digest }).end();
      return;
    }
    const from = Number(url.searchParams.get('last') ?? 0);
    const more = from + 2 < tags.length ? { link: `<${url.pathname}?last=${from + 2}>; rel="next"` } : {};
    response.writeHead(200, more).end(JSON.stringify({ name: 'a/proxy', tags: tags.slice(from, from + 2) }));
  };
}

const tags = ['latest', '0.9.0', '0.10.0', '0.10.0-debug', '1.0.0-rc.1', '0.2.0', 'sha-1234'];

test('ociRegistry finds the highest version on all pages of tags, and its digest', async () => {
  await using server = await answerWith(registryOf(tags));
  const { version, digest: found } = await newestOf(`127.0.0.1:${server.port}/a/proxy:latest`);
  assert.deepEqual([version.text, found], ['0.10.0', digest]);
  assert.deepEqual(server.requests, [
    'GET /v2/a/proxy/tags/list',
    'GET /v2/a/proxy/tags/list?last=2',
    'GET /v2/a/proxy/tags/list?last=4',
    'GET /v2/a/proxy/tags/list?last=6',
    'HEAD /v2/a/proxy/manifests/0.10.0',
  ]);
});

test('ociRegistry stays with the variant of the tag', async () => {
  await using server = await answerWith(registryOf(tags));
  assert.equal((await newestOf(`127.0.0.1:${server.port}/a/proxy:0.1.0-debug`)).version.text, '0.10.0-debug');
});

test('ociRegistry gets a token where it is told to, and shows it', async () => {
  const shown: unknown[] = [];
  await using tokens = await answerWith((_request, response) => response.end('{"token":"t-1"}'));
  await using server = await answerWith((request, response) => {
    shown.push(request.headers.authorization);
    if (request.headers.authorization === 'Bearer t-1') {
      registryOf(['0.2.0'])(request, response);
      return;
    }
    const challenge = `Bearer realm="http://127.0.0.1:${tokens.port}/token",service="registry.test",scope="repository:a/proxy:pull"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
  });
  assert.equal((await newestOf(`127.0.0.1:${server.port}/a/proxy`)).version.text, '0.2.0');
  assert.deepEqual(tokens.requests, ['GET /token?service=registry.test&scope=repository%3Aa%2Fproxy%3Apull']);
  assert.deepEqual(shown, [undefined, 'Bearer t-1', 'Bearer t-1']);
});

for (const [name, challenge, text] of [
  ['names nobody', '', /wants a login, and names nobody who gives tokens/],
  ['wants a password', 'Basic realm="x"', /wants a login, and names nobody/],
  ['names a file', 'Bearer realm="file:///etc/passwd"', /wants a login, and names nobody/],
] as const) {
  test(`ociRegistry gives up on a registry that ${name}`, async () => {
    await using server = await answerWith((_request, response) =>
      response.writeHead(401, { 'www-authenticate': challenge }).end(),
    );
    assert.match(await failureOf(newestOf(`127.0.0.1:${server.port}/a/proxy`)), text);
  });
}

test('ociRegistry gives up when its token is refused, or none', async () => {
  for (const [answer, text] of [
    ['{"access_token":"t"}', /wants a login for this \(HTTP 401\)/],
    ['{"token":"a\\nb"}', /does not describe a token/],
    ['{}', /does not describe a token/],
  ] as const) {
    await using server = await answerWith((request, response) => {
      if (request.url?.startsWith('/token') === true) return void response.end(answer);
      const realm = `http://127.0.0.1:${server.port}/token`;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
    });
    assert.match(await failureOf(newestOf(`127.0.0.1:${server.port}/a/proxy`)), text);
  }
});

test('ociRegistry says so when there is no version among the tags, and when there are no tags', async () => {
  await using server = await answerWith(registryOf(['latest']));
  assert.match(
    await failureOf(newestOf(`127.0.0.1:${server.port}/a/proxy`)),
    /none of the tags of 127\.\S+\/a\/proxy is a version/,
  );
  await using empty = await answerWith((_request, response) => response.end('{"tags":null}'));
  assert.match(await failureOf(newestOf(`127.0.0.1:${empty.port}/a/proxy`)), /none of the tags/);
  await using odd = await answerWith((_request, response) => response.end('{"tags":"0.2.0"}'));
  assert.match(await failureOf(newestOf(`127.0.0.1:${odd.port}/a/proxy`)), /does not describe a list of tags/);
});

test('ociRegistry ends with pages that have no end, and follows none to another host', async () => {
  await using endless = await answerWith((request, response) => {
    response.writeHead(200, { link: `<${request.url}>; rel="next"` }).end('{"tags":["0.2.0"]}');
  });
  assert.equal((await newestOf(`127.0.0.1:${endless.port}/a/proxy`)).version.text, '0.2.0');
  await using away = await answerWith((_request, response) => {
    response.writeHead(200, { link: '<http://127.0.0.1:1/v2>; rel="next"' }).end('{"tags":["0.2.0"]}');
  });
  const { digest: found, version } = await newestOf(`127.0.0.1:${away.port}/a/proxy`);
  assert.deepEqual([version.text, found], ['0.2.0', undefined]);
});

test('parseImageReference reads host, name and tag', () => {
  for (const [text, expected] of [
    ['registry.example/a/b:1.0.0', ['https://registry.example/', 'a/b', '1.0.0']],
    ['registry.example:5000/b', ['https://registry.example:5000/', 'b', undefined]],
    ['localhost:5000/b:latest', ['http://localhost:5000/', 'b', 'latest']],
    [`registry.example/a:1.0.0@${digest}`, ['https://registry.example/', 'a', '1.0.0']],
  ] as const) {
    const { registry, repository, tag } = parseImageReference(text);
    assert.deepEqual([registry.href, repository, tag], expected);
  }
  for (const text of [
    '',
    'proxy',
    'a/b',
    'registry.example/',
    'registry.example/A',
    'registry.example/a/../b',
    'https://registry.example/a',
    'registry.example/a:b/c',
    'u:p@registry.example/a',
  ]) {
    assert.throws(() => parseImageReference(text), UsageError, text);
  }
});
