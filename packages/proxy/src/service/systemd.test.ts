// Unit files as systemd itself reads them, and what it says about their safety.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { describeForTest, type ServiceInTest } from '../../test/service.ts';
import { systemd } from './systemd.ts';

const skip =
  spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).error === undefined
    ? false
    : 'systemd-analyze is not installed';

const URI = 'projects/p/locations/r/clusters/c/instances';
const KEY = ['--credentials-file', '/srv/my keys/100%/$key.json'];
const TLS = ['--local-tls-cert', '/etc/tls/cert.pem', '--local-tls-key', '/etc/tls/key.pem'];
const HOME = { of: 'user', userId: 1000, home: '/home/me', configHome: '/home/me/.config' } as const;

const CASES: Readonly<Record<string, ServiceInTest>> = {
  'a key': { argv: [...KEY, `${URI}/a`] },
  'the credentials of the machine': { argv: [`${URI}/a`] },
  'local TLS': { argv: [...KEY, ...TLS, '--static-connection-info', '/srv/info.json', `${URI}/a`] },
  'a low port': { argv: ['--port', '99', `${URI}/a`] },
  'a user': { argv: ['--token-file', '/home/app/token', `${URI}/a`], user: 'daemon' },
  'Unix sockets': { argv: ['--unix-socket', '/run', `${URI}/a`], user: 'daemon' },
  'an application': { argv: [`${URI}/a`], partOf: 'multi-user.target' },
  'socket activation': { argv: [...KEY, `${URI}/a`, `${URI}/b?address=::1`], socketActivation: true },
  'activation of Unix sockets': { argv: ['--unix-socket', '/run', `${URI}/a`], socketActivation: true },
  'long delays': { argv: ['--min-sigterm-delay=10s', '--max-sigterm-delay=2m', '--run-connection-test', `${URI}/a`] },
  'a path that needs quotes': { argv: [`${URI}/a`], program: ['/usr/bin/env', 'a "b" \\c $d %e; f'] },
  'a user of their own': { argv: [...KEY, `${URI}/a`], scope: HOME },
  'a user of their own with sockets': { argv: [...KEY, `${URI}/a`], scope: HOME, socketActivation: true },
};

for (const [title, described] of Object.entries(CASES)) {
  test(`systemd finds nothing wrong with the units for ${title}`, { skip }, async () => {
    const units = await writeUnits(described);
    try {
      const scope = described.scope?.of === 'user' ? ['--user'] : [];
      const { stderr, status } = spawnSync('systemd-analyze', ['verify', ...scope, '--man=no', ...units.paths], {
        encoding: 'utf8',
        env: { ...process.env, XDG_RUNTIME_DIR: units.folder },
      });
      // Other units of the machine may have faults of their own.
      const ours = stderr.split('\n').filter((line) => line.includes(units.folder) || line.includes('test-proxy'));
      assert.deepEqual({ status, ours }, { status: 0, ours: [] }, stderr);
    } finally {
      rmSync(units.folder, { recursive: true });
    }
  });

  if (described.scope?.of === 'user') continue;
  test(`systemd gives the unit for ${title} an exposure of at most 2.0`, { skip }, async () => {
    const units = await writeUnits(described);
    try {
      const args = ['security', '--offline=yes', '--no-pager', units.paths[0] ?? ''];
      const { stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
      const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
      assert(Number(exposure) <= 2, stdout);
    } finally {
      rmSync(units.folder, { recursive: true });
    }
  });
}

test('a system unit names no file of its user, and the program gets copies', async () => {
  const text = await unitText({ argv: [...KEY, ...TLS, `${URI}/a`] });
  assert.match(text, /^LoadCredential=credentials-file:\/srv\/my keys\/100%%\/\$key\.json$/m);
  const copies = ['/etc/alloydb-auth-proxy/test-proxy.toml', '/etc/tls/cert.pem', '/etc/tls/key.pem'];
  for (const when of ['ExecStartPre', 'ExecReload']) {
    for (const path of copies) assert.match(text, new RegExp(`^${when}=\\+/usr/bin/install -m 0444 ${path} `, 'm'));
  }
  const execStart = /^ExecStart=(.*)$/m.exec(text)?.[1];
  assert.equal(
    execStart,
    '/usr/bin/true --config-file %t/test-proxy/config.toml --local-tls-cert %t/test-proxy/local-tls-cert ' +
      '--local-tls-key %t/test-proxy/local-tls-key --credentials-file %d/credentials-file',
  );
});

test('a unit is reloaded by the signal only once the copies are there', async () => {
  const reloads = (await unitText({ argv: [`${URI}/a`] })).split('\n').filter((line) => line.startsWith('ExecReload='));
  assert.equal(reloads.at(-1), 'ExecReload=/bin/sh -c "kill -HUP $MAINPID"');
  assert.equal(reloads.length, 2);
});

test('a unit gives the program longer to stop than its own delays are', async () => {
  const text = await unitText({ argv: ['--min-sigterm-delay=10s', '--max-sigterm-delay=2m', `${URI}/a`] });
  assert.match(text, /^TimeoutStopSec=145$/m);
});

test('a unit that is part of another starts before it and is wanted by it', async () => {
  const text = await unitText({ argv: [`${URI}/a`], partOf: 'app.service' });
  for (const line of ['PartOf=app.service', 'Before=app.service', 'WantedBy=app.service']) {
    assert(text.split('\n').includes(line), line);
  }
});

test('each instance has a socket unit, named so that the program can tell them apart', async () => {
  const plan = systemd.install(
    await describeForTest({
      argv: ['projects/example.com:p/locations/r/clusters/c/instances/a', `${URI}/b?port=7000&address=::1`],
      socketActivation: true,
    }),
  );
  const [first = '', second = ''] = plan.files.filter(({ path }) => path.endsWith('.socket')).map(({ text }) => text);
  assert.match(first, /^ListenStream=127\.0\.0\.1:5432\nFileDescriptorName=example\.com_p\.r\.c\.a$/m);
  assert.match(second, /^ListenStream=\[::1\]:7000\nFileDescriptorName=p\.r\.c\.b$/m);
  assert.match(second, /^Service=test-proxy\.service$/m);
});

const REFUSED: readonly (readonly [title: string, described: ServiceInTest, message: RegExp])[] = [
  ['a token file', { argv: ['--token-file', '/x', `${URI}/a`] }, /cannot read \/x as the user that systemd makes up/],
  ['gcloud', { argv: ['--gcloud-auth', `${URI}/a`] }, /not logged in with gcloud/],
  ['Unix sockets', { argv: ['--unix-socket', '/run', `${URI}/a`] }, /cannot make \/run\/p\.r\.c\.a/],
  ['any free port', { argv: ['--port', '0', `${URI}/a`], socketActivation: true }, /on any free port/],
  ['a host name', { argv: ['--address', 'localhost', `${URI}/a`], socketActivation: true }, /IP addresses only/],
];

for (const [title, described, message] of REFUSED) {
  test(`systemd.install refuses ${title} where the service could not have it`, async () => {
    const service = await describeForTest(described);
    assert.throws(() => systemd.install(service), message);
  });
}

test('systemd.install opens sockets anew only when they have changed', async () => {
  const described = { argv: [`${URI}/a`], socketActivation: true } as const;
  const plan = systemd.install(await describeForTest(described));
  const words = (changed: readonly string[]) =>
    plan.commands(new Set(changed)).map(({ argv }) => argv.slice(1).join(' '));
  assert.deepEqual(words([]), [
    'enable test-proxy.service test-proxy.socket',
    'start test-proxy.socket',
    'start test-proxy.service',
  ]);
  assert.deepEqual(words(['/etc/alloydb-auth-proxy/test-proxy.toml']).slice(1), [
    'start test-proxy.socket',
    'restart test-proxy.service',
  ]);
  assert.deepEqual(words(['/etc/systemd/system/test-proxy.socket']), [
    'daemon-reload',
    'reenable test-proxy.service test-proxy.socket',
    'stop test-proxy.socket test-proxy.service',
    'start test-proxy.socket',
    'restart test-proxy.service',
  ]);
});

async function unitText(described: ServiceInTest): Promise<string> {
  const plan = systemd.install(await describeForTest(described));
  return plan.files.find(({ path }) => path.endsWith('.service'))?.text ?? assert.fail('no unit');
}

/** The unit files alone, in a folder of their own. */
async function writeUnits(described: ServiceInTest) {
  const folder = mkdtempSync(join(tmpdir(), 'units-'));
  const plan = systemd.install(await describeForTest(described));
  const units = plan.files.filter(({ path }) => !path.endsWith('.toml'));
  mkdirSync(folder, { recursive: true });
  const paths = units.map(({ path, text }) => {
    const written = join(folder, basename(path));
    writeFileSync(written, text);
    return written;
  });
  return { folder, paths };
}
