// Bad input is refused with an error and a hint before anything listens, and the exit code is 1.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runProxy } from './support/proxy-process.ts';
import { inWine } from './support/proxy-system.ts';

const folder = mkdtempSync(join(tmpdir(), 'bad-input-'));
after(() => rmSync(folder, { recursive: true }));
const instance = 'projects/p/locations/r/clusters/c/instances/i';
const token = ['--token', 'abc'];
writeFileSync(join(folder, 'garbage.json'), 'garbage', { mode: 0o600 });

const cases: readonly (readonly [args: readonly string[], error: RegExp, hint: RegExp])[] = [
  [[], /no instance/i, /projects\//],
  [['--prot', '1', instance], /unknown flag.*--prot/, /--port/],
  [['--port', 'x', instance], /--port/, /5432/],
  [['not-an-instance'], /not-an-instance/, /projects\/PROJECT/],
  [[...token, '--public-ip', '--psc', instance], /--public-ip.*--psc|--psc.*--public-ip/, /./],
  [['--credentials-file', join(folder, 'none.json'), instance], /none\.json": no such file/, /path/],
  [['--credentials-file', join(folder, 'garbage.json'), instance], /garbage\.json": it is no JSON object/, /JSON/],
  [[...token, '--alloydbadmin-api-endpoint', 'nowhere', instance], /nowhere/, /./],
  [[...token, '--port', '5555', instance, `${instance}2?port=5555`], /5555/, /./],
  [[...token, '--unix-socket', folder, '--port', '1', instance], /--unix-socket/, /./],
  [
    [...token, '--address', '192.0.2.1', instance],
    /cannot listen on 192\.0\.2\.1:5432: this machine does not have that address/,
    /--address/,
  ],
];

for (const [args, error, hint] of cases) {
  test(`The proxy refuses "${args.join(' ').replaceAll(folder, 'FOLDER')}" in two lines`, async () => {
    const { exit, stdout, stderr } = await runProxy(args);
    assert.deepEqual(exit, { code: 1, signal: null });
    // The log says it too, in the words of the official proxy, once there is a log.
    const lines = stderr.trimEnd().split('\n');
    const [first = '', second = '', ...rest] = lines.filter((line) => !/ terminal error: unable to start: /.test(line));
    assert.match(first, /^alloydb-auth-proxy: error: [^A-Z]/);
    assert.match(first, error);
    assert.match(second, /^alloydb-auth-proxy: hint: /);
    assert.match(second, hint);
    assert.deepEqual(rest, []);
    assert.doesNotMatch(stdout, /Listening/);
    assert.ok(!stderr.includes('garbage"'), 'nothing of a credential file is quoted');
  });
}

test('A port in use is named with the process that holds it, and no other listener stays open', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  const { exit, stderr } = await runProxy([...token, `${instance}?port=0`, `${instance}2?port=${port}`]);
  holder.close();
  assert.equal(exit.code, 1);
  assert.match(stderr, new RegExp(`error: cannot listen on 127\\.0\\.0\\.1:${port}: address in use`));
  const who =
    process.platform === 'linux' && !inWine ? `process ${process.pid} \\(.+\\) holds it` : 'another process holds it';
  assert.match(stderr, new RegExp(`hint: ${who}; try --port ${port + 1}`));
});

test('With --structured-logs a refused start is one LogEntry with its hint', async () => {
  const { exit, stderr } = await runProxy(['--structured-logs', 'nonsense']);
  assert.equal(exit.code, 1);
  const entry = JSON.parse(stderr) as Record<string, unknown>;
  assert.equal(entry['severity'], 'ERROR');
  assert.match(String(entry['hint']), /projects\/PROJECT/);
});
