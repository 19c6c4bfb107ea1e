// healthcheck: whom it asks, and what it makes of the answer.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerWith, serveRaw, unusedPort } from '../../../test/answering-server.ts';
import { CommandError } from '../command-error.ts';
import { UsageError } from '../usage-error.ts';
import { runHealthcheck } from './healthcheck.ts';

/** `0`, or what it says in place of an exit code. */
async function check(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const sink = { write: (line: string) => assert.fail(`printed ${line}`) };
  try {
    return String(await runHealthcheck({ argv, env, sinks: { out: sink, err: sink } }));
  } catch (error) {
    assert(error instanceof CommandError || error instanceof UsageError);
    return `${error.message}; ${error.hint}`;
  }
}

test('healthcheck asks /readiness where the proxy listens: flag before environment', async () => {
  await using server = await answerWith((_request, response) => response.end('ok'));
  const [port, wrong] = [String(server.port), String(await unusedPort())];
  assert.equal(await check(['--http-port', port]), '0');
  assert.equal(await check([], { ALLOYDB_PROXY_HTTP_PORT: port }), '0');
  assert.equal(await check(['--http-port', port], { ALLOYDB_PROXY_HTTP_PORT: wrong }), '0');
  assert.equal(await check([], { ALLOYDB_PROXY_HTTP_PORT: port, ALLOYDB_PROXY_HTTP_ADDRESS: '0.0.0.0' }), '0');
  assert.deepEqual(new Set(server.requests), new Set(['GET /readiness']));
});

test('healthcheck says why the proxy is not ready', async () => {
  const port = await unusedPort();
  assert.equal(
    await check([`--http-port=${port}`]),
    `the proxy at localhost:${port} is not ready: connection refused; ` +
      'start the proxy with --health-check, on the --http-address and --http-port asked here',
  );
  await using draining = await answerWith((_request, response) => response.writeHead(503).end('shutting down'));
  assert.match(await check([`--http-port=${draining.port}`]), /HTTP 503: shutting down; the log/);
  await using other = await answerWith((_request, response) => response.writeHead(404).end());
  assert.match(await check([`--http-port=${other.port}`]), /HTTP 404; see whether/);
  await using silent = await serveRaw(() => undefined);
  assert.match(await check([`--http-port=${silent.port}`, '--timeout=50ms']), /no answer in time/);
});

const MISTAKES: readonly (readonly [argv: readonly string[], mistake: RegExp, env?: NodeJS.ProcessEnv])[] = [
  [['--timeout', '0'], /^--timeout 0 leaves no time/],
  [['--http-port', '0'], /^cannot know the port/],
  [[], /^cannot know the port/, { ALLOYDB_PROXY_HTTP_PORT: '0' }],
  [[], /^invalid value "x" for ALLOYDB_PROXY_HTTP_PORT/, { ALLOYDB_PROXY_HTTP_PORT: 'x' }],
  [['--http-port=1', '--config-file', '/nowhere/proxy.toml'], /\/nowhere\/proxy\.toml/],
  [['--http-port=1'], /\/nowhere\/proxy\.toml/, { ALLOYDB_PROXY_CONFIG_FILE: '/nowhere/proxy.toml' }],
  [['--port', '1'], /^unknown flag --port;/],
  [['extra'], /^unexpected argument "extra" for healthcheck; see alloydb-auth-proxy healthcheck --help/],
];

for (const [argv, mistake, env = {}] of MISTAKES) {
  test(`healthcheck refuses "${[...Object.entries(env).map((pair) => pair.join('=')), ...argv].join(' ')}"`, async () => {
    assert.match(await check(argv, env), mistake);
  });
}

test('healthcheck follows the config file, whatever else is wrong in it', async () => {
  await using server = await answerWith((_request, response) => response.end('ok'));
  const folder = await mkdtemp(join(tmpdir(), 'healthcheck-'));
  const path = join(folder, 'proxy.toml');
  await writeFile(path, `http-port = ${server.port}\nno-such-key = 1\n`);
  assert.equal(await check(['--config-file', path]), '0');
  assert.equal(await check([], { ALLOYDB_PROXY_CONFIG_FILE: path }), '0');
  await rm(folder, { recursive: true });
});

test('healthcheck leaves the file alone when flags and environment name the whole address', async () => {
  await using server = await answerWith((_request, response) => response.end('ok'));
  const env = { ALLOYDB_PROXY_CONFIG_FILE: '/nowhere/proxy.toml', ALLOYDB_PROXY_HTTP_ADDRESS: '127.0.0.1' };
  assert.equal(await check([`--http-port=${server.port}`], env), '0');
});
