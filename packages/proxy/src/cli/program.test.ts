// From a command line and an environment to a command or the mistake in them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { InstanceConfig, ProxyConfig } from '../config/config.ts';
import { formatTarget } from '../config/instance-target.ts';
import { formatListenAt } from '../config/listen-plan.ts';
import { readRequest } from './program.ts';
import { startupLogFormat } from './startup-log-format.ts';
import { UsageError } from './usage-error.ts';

const A = 'projects/p/locations/r/clusters/c/instances/a';
const B = 'projects/p/locations/r/clusters/c/instances/b';
const C = 'projects/google.com:P/locations/r/clusters/c/instances/C';

const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'file');
writeFileSync(file, '');

function configOf(argv: readonly string[], env: NodeJS.ProcessEnv = {}): ProxyConfig {
  const command = readRequest(argv, env);
  assert(command.kind === 'start');
  return command.config;
}

function listensAt(...argv: string[]): string[] {
  return configOf(argv).instances.map(({ listen }) => formatListenAt(listen));
}

function autoIamAuthn(...argv: string[]): boolean[] {
  return configOf(argv).instances.map((instance) => instance.autoIamAuthn);
}

function only(...argv: string[]): InstanceConfig {
  const [instance, ...others] = configOf(argv).instances;
  assert(instance !== undefined && others.length === 0);
  return instance;
}

/** "message; hint" of the mistake. */
function mistakeIn(argv: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  try {
    readRequest(argv, env);
  } catch (error) {
    if (error instanceof UsageError) return `${error.message}; ${error.hint}`;
    throw error;
  }
  return 'none';
}

test('readRequest starts one instance with the defaults', () => {
  const config: ProxyConfig = {
    workers: 1,
    instances: [
      {
        target: { kind: 'instance', uri: { project: 'p', region: 'r', cluster: 'c', instance: 'a' } },
        listen: { kind: 'tcp', host: '127.0.0.1', port: 5432 },
        autoIamAuthn: false,
        ipType: 'PRIVATE',
        dialAddress: undefined,
        maxConnections: 0,
        warmConnections: 0,
      },
    ],
    fuse: undefined,
    dns: { server: undefined, refreshMs: 30_000 },
    credentials: {
      source: { kind: 'adc' },
      impersonate: undefined,
      loginToken: undefined,
      quotaProject: undefined,
      universeDomain: undefined,
    },
    adminApiEndpoint: undefined,
    userAgent: undefined,
    lazyRefresh: false,
    staticConnectionInfo: undefined,
    httpConnect: false,
    allowRemoteEmulator: false,
    maxConnections: 0,
    maxConnectionsWaitMs: 0,
    allowFrom: undefined,
    localTls: undefined,
    dialTimeoutMs: 30_000,
    keepAliveMs: 30_000,
    portConflict: 'fail',
    clientIdleTimeoutMs: 0,
    maxConnectionLifetimeMs: 0,
    shutdown: { minDelayMs: 0, maxDelayMs: 0, drainIdle: false, exitZero: false, idleExitMs: 0 },
    runConnectionTest: false,
    health: undefined,
    prometheus: undefined,
    telemetry: undefined,
    http: undefined,
    admin: undefined,
    log: { format: 'text', level: 'info', file: undefined },
    events: undefined,
    updateCheck: undefined,
  };
  assert.deepEqual(readRequest([A], {}), { kind: 'start', config, notices: [], configFile: undefined });
});

test('readRequest answers --help before --version and before what is wrong with the environment', () => {
  assert.equal(readRequest(['--version', '-h'], { ALLOYDB_PROXY_PORT: 'abc' }).kind, 'help');
  assert.partialDeepStrictEqual(readRequest(['-v'], {}), { kind: 'version' });
  assert.equal(readRequest(['--help=false', A], {}).kind, 'start');
});

test('readRequest takes instances from the environment when no argument names one', () => {
  const env = { ALLOYDB_PROXY_INSTANCE_URI_0: `${A}?port=7000`, ALLOYDB_PROXY_INSTANCE_URI_1: B };
  const uris = (argv: readonly string[]) => configOf(argv, env).instances.map(({ target }) => formatTarget(target));
  assert.deepEqual(uris([]), [A, B]);
  assert.deepEqual(uris([C]), [C]);
});

test('readRequest reads the limits of the program and of one instance', () => {
  const config = configOf(['--max-connections=9', '--max-connections-wait', '1.5s', `${A}?max-connections=4`, B]);
  assert.deepEqual([config.maxConnections, config.maxConnectionsWaitMs], [9, 1500]);
  assert.deepEqual(
    config.instances.map(({ maxConnections }) => maxConnections),
    [4, 0],
  );
});

test('readRequest reads who may connect', () => {
  const config = configOf(['-u', folder, '--unix-socket-mode', '0660', '--unix-socket-group=42', A]);
  assert.partialDeepStrictEqual(config.instances[0]?.listen, { permissions: { mode: 0o660, groupId: 42 } });
  const { allowFrom, localTls } = configOf([
    '--allow-from=10.0.0.0/8, ::1',
    '--local-tls-cert=c.pem',
    '--local-tls-key=k.pem',
    A,
  ]);
  assert.ok(allowFrom?.allows('10.1.1.1') === true && allowFrom.allows('::1') && !allowFrom.allows('127.0.0.1'));
  assert.deepEqual(localTls, { cert: 'c.pem', key: 'k.pem', clientCa: undefined });
});

test('readRequest reads credentials, endpoint, limit and log settings', () => {
  const source = (...argv: string[]) => configOf([A, ...argv]).credentials.source;
  assert.deepEqual(source('-c', 'key.json'), { kind: 'file', path: 'key.json' });
  assert.deepEqual(source('-j', '{}'), { kind: 'json', json: '{}' });
  assert.deepEqual(source('-t', 'abc'), { kind: 'token', token: 'abc' });
  assert.deepEqual(source('--token-file', 't'), { kind: 'token-file', path: 't' });
  assert.deepEqual(source('--token-command', 'print'), { kind: 'token-command', command: 'print' });
  assert.deepEqual(source('-g'), { kind: 'gcloud' });
  const { impersonate, loginToken, quotaProject, universeDomain } = configOf([
    A,
    '--impersonate-service-account=t,d1,d2',
    '--login-token=l',
    '--quota-project=q',
    '--universe-domain=u.goog',
  ]).credentials;
  assert.deepEqual(impersonate, { target: 't', delegates: ['d1', 'd2'] });
  assert.deepEqual(
    { loginToken, quotaProject, universeDomain },
    { loginToken: 'l', quotaProject: 'q', universeDomain: 'u.goog' },
  );
  const { adminApiEndpoint, maxConnections } = configOf([
    A,
    '--alloydbadmin-api-endpoint=http://127.0.0.1:8080/',
    '--max-connections=9',
  ]);
  assert.deepEqual(
    { adminApiEndpoint, maxConnections },
    { adminApiEndpoint: 'http://127.0.0.1:8080', maxConnections: 9 },
  );
  const log = (...argv: string[]) => configOf([A, ...argv]).log;
  assert.deepEqual(log('-l'), { format: 'json', level: 'info', file: undefined });
  assert.deepEqual(log('--debug-logs'), { format: 'text', level: 'debug', file: undefined });
  assert.deepEqual(log('--debug-logs', '--quiet', '-l', '--log-file', 'x.log'), {
    format: 'json',
    level: 'error',
    file: 'x.log',
  });
});

test('readRequest opens the HTTP and admin servers only when a flag needs them', () => {
  const { health, http, admin } = configOf([A, '--http-port=80', '--admin-port=81', '--with-backend-check']);
  assert.deepEqual([health, http, admin], [undefined, undefined, undefined]);
  const asked = configOf([A, '--health-check', '--with-backend-check', '--http-address=::1', '--quitquitquit']);
  assert.deepEqual([asked.health, asked.http], [{ withBackendCheck: true }, { host: '::1', port: 9090 }]);
  assert.deepEqual(asked.admin, {
    port: 9091,
    quitquitquit: true,
    statusPage: false,
    debug: false,
    heapSnapshotFolder: undefined,
  });
  const metered = configOf([A, '--prometheus', '--prometheus-namespace', 'payments', '--http-port', '0']);
  assert.deepEqual(
    [metered.health, metered.prometheus, metered.http],
    [undefined, { namespace: 'payments' }, { host: 'localhost', port: 0 }],
  );
});

test('readRequest refuses a namespace that no name of a metric may begin with', () => {
  assert.throws(() => configOf([A, '--prometheus', '--prometheus-namespace', '1-payments']), {
    message: 'invalid value "1-payments" for --prometheus-namespace: not the beginning of a metric\'s name',
  });
});

test('readRequest reads how to end, durations as Go writes them', () => {
  const { shutdown, runConnectionTest } = configOf(
    [A, '--min-sigterm-delay', '1m30s', '--drain-idle', '--exit-zero-sigterm', '--run-connection-test'],
    { ALLOYDB_PROXY_MAX_SIGTERM_DELAY: '1500ms' },
  );
  assert.deepEqual(shutdown, { minDelayMs: 90_000, maxDelayMs: 1_500, drainIdle: true, exitZero: true, idleExitMs: 0 });
  assert.equal(runConnectionTest, true);
});

test('readRequest takes a delay beyond what a timer can count for the longest one', () => {
  assert.equal(configOf([A, '--max-sigterm-delay=1000h']).shutdown.maxDelayMs, 2 ** 31 - 1);
});

test('readRequest counts ports up, and an instance with a port of its own takes none', () => {
  assert.deepEqual(listensAt(A, B, C), ['127.0.0.1:5432', '127.0.0.1:5433', '127.0.0.1:5434']);
  assert.deepEqual(listensAt(A, `${B}?port=7000`, C), ['127.0.0.1:5432', '127.0.0.1:7000', '127.0.0.1:5433']);
  assert.deepEqual(listensAt('-p6000', `${A}?address=::1`, B), ['[::1]:6000', '127.0.0.1:6001']);
  assert.deepEqual(listensAt('-p0', A, B), ['127.0.0.1:0', '127.0.0.1:0']);
  assert.deepEqual(listensAt('-a', 'localhost', A), ['localhost:5432']);
});

test('readRequest puts Unix sockets where PostgreSQL clients look for them', () => {
  assert.deepEqual(listensAt('-u', folder, A, C), [
    join(folder, 'p.r.c.a/.s.PGSQL.5432'),
    join(folder, 'google.com_p.r.c.c/.s.PGSQL.5432'),
  ]);
  const own = join(folder, 'db');
  assert.deepEqual(listensAt(`${A}?unix-socket-path=${own}`), [join(own, '.s.PGSQL.5432')]);
  assert.deepEqual(listensAt(`${A}?unix-socket-path=${own}/.s.PGSQL.5432`), [join(own, '.s.PGSQL.5432')]);
});

test("readRequest lets an instance's own place beat the program's (W29)", () => {
  assert.deepEqual(listensAt('-u', folder, `${A}?port=7000`, `${B}?address=127.0.0.2`), [
    '127.0.0.1:7000',
    '127.0.0.2:5432',
  ]);
  assert.deepEqual(listensAt('-u', '/missing', `${A}?unix-socket=${folder}`), [join(folder, 'p.r.c.a/.s.PGSQL.5432')]);
  assert.deepEqual(listensAt('-p', '6000', `${A}?unix-socket=${folder}`, B), [
    join(folder, 'p.r.c.a/.s.PGSQL.5432'),
    '127.0.0.1:6000',
  ]);
});

test('readRequest honours auto-iam-authn for each instance, both ways (W7)', () => {
  assert.deepEqual(autoIamAuthn(`${A}?auto-iam-authn`, B), [true, false]);
  assert.deepEqual(autoIamAuthn('-i', `${A}?auto-iam-authn=F`, B), [false, true]);
});

test("readRequest lets an instance's kind of address replace the program's (W20)", () => {
  assert.equal(only('--psc', `${A}?public-ip=true`).ipType, 'PUBLIC');
  assert.equal(only('--public-ip', `${A}?psc`).ipType, 'PSC');
  assert.equal(only('--public-ip', `${A}?public-ip=false`).ipType, 'PRIVATE');
  assert.equal(only('--public-ip', `${A}?psc=false`).ipType, 'PUBLIC');
  assert.equal(only('--psc', `${A}?psc=f`).ipType, 'PRIVATE');
  assert.equal(only('--public-ip', '--psc=false', A).ipType, 'PUBLIC');
});

const NO_INSTANCE =
  'no instance to connect to; name one: alloydb-auth-proxy projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE';

const MISTAKES: readonly (readonly [argv: readonly string[], mistake: string, env?: NodeJS.ProcessEnv])[] = [
  [
    [A, '--allow-from=10.0.0.0/33'],
    'invalid value for --allow-from: "10.0.0.0/33" is neither a CIDR block nor an IP address; write it like --allow-from 10.0.0.0/8,192.0.2.7,fd00::/8',
  ],
  [
    [A, '--local-tls-cert=c.pem'],
    '--local-tls-key is missing for local TLS; give both: --local-tls-cert PATH --local-tls-key PATH',
  ],
  [
    [A, '--local-tls-client-ca=c.pem'],
    '--local-tls-cert is missing for local TLS; give both: --local-tls-cert PATH --local-tls-key PATH',
  ],
  [
    [A, '--unix-socket-mode=rw-rw----'],
    'invalid value "rw-rw----" for --unix-socket-mode: expected permissions in octal; write it like --unix-socket-mode 0600',
  ],
  [[], NO_INSTANCE],
  [['--quiet'], NO_INSTANCE],
  [['--help', '--bogus'], 'unknown flag --bogus; see --help for the flags there are'],
  [[A, '-a::1', '-u/tmp'], '--address and --unix-socket cannot be used together; remove --address or --unix-socket'],
  [[A, '-p6000', '-u/tmp'], '--port and --unix-socket cannot be used together; remove --port or --unix-socket'],
  [
    [A, '-u/tmp'],
    'ALLOYDB_PROXY_PORT and --unix-socket cannot be used together; remove ALLOYDB_PROXY_PORT or --unix-socket',
    { ALLOYDB_PROXY_PORT: '6000' },
  ],
  [[A, '-tx', '-cx'], '--credentials-file and --token cannot be used together; remove --credentials-file or --token'],
  [[A, '--psc', '--public-ip'], '--public-ip and --psc cannot be used together; remove --public-ip or --psc'],
  [
    ['p:r:i'],
    'Cannot read the instance URI "p:r:i": this is the name of a Cloud SQL instance; write it as projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE',
  ],
  [
    [],
    'Cannot read the instance URI "x": it does not have the four parts of an AlloyDB instance URI (from ALLOYDB_PROXY_INSTANCE_URI); write it as projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE',
    { ALLOYDB_PROXY_INSTANCE_URI: 'x' },
  ],
  [
    ['--', '-p6000'],
    'Cannot read the instance URI "-p6000": it does not have the four parts of an AlloyDB instance URI; flags stand before "--"',
  ],
  [
    [`${A}?port=abc`],
    `invalid value "abc" of query parameter port for instance "${A}": expected a port number from 0 to 65535; write it like 'INSTANCE_URI?port=5433'`,
  ],
  [
    [`${A}?port=65536`],
    `invalid value "65536" of query parameter port for instance "${A}": expected a port number from 0 to 65535; write it like 'INSTANCE_URI?port=5433'`,
  ],
  [
    [`${A}?psc=yes`],
    `invalid value "yes" of query parameter psc for instance "${A}": expected true or false; write it like 'INSTANCE_URI?psc=true'`,
  ],
  [
    [`${A}?port=1&port=2`],
    `query parameter port is repeated for instance "${A}"; keep one of them: 'INSTANCE_URI?port=2'`,
  ],
  [[`${A}?prot=1`], `unknown query parameter "prot" for instance "${A}"; did you mean port?`],
  [
    [`${A}?token=x`],
    `unknown query parameter "token" for instance "${A}"; --token holds for all instances: write it as a flag`,
  ],
  [
    [`${A}?bogus=1`],
    `unknown query parameter "bogus" for instance "${A}"; an instance takes address, port, unix-socket, unix-socket-path, auto-iam-authn, public-ip, psc, auto-ip, dial-address, warm-connections, allow, max-connections`,
  ],
  [
    [`${A}?port=1&unix-socket=/tmp`],
    `query parameters port and unix-socket cannot be used together for instance "${A}"; remove port or unix-socket from the instance`,
  ],
  [
    [`${A}?address=::1&unix-socket-path=/tmp/x`],
    `query parameters address and unix-socket-path cannot be used together for instance "${A}"; remove address or unix-socket-path from the instance`,
  ],
  [
    [`${A}?unix-socket=/tmp&unix-socket-path=/tmp/x`],
    `query parameters unix-socket and unix-socket-path cannot be used together for instance "${A}"; remove unix-socket or unix-socket-path from the instance`,
  ],
  [
    [`${A}?psc&public-ip`],
    `query parameters public-ip and psc cannot be used together for instance "${A}"; remove public-ip or psc from the instance`,
  ],
  [
    ['-p65535', A, B],
    'no port is left above 65535 for every instance; start from a lower --port, or give instances a port of their own',
  ],
  [
    [`${A}?port=5432`, B],
    "instances p.r.c.a and p.r.c.b would both listen on 127.0.0.1:5432; give one of them a place of its own: 'INSTANCE_URI?port=PORT'",
  ],
  [
    ['-a', 'LOCALHOST', A, `${B}?address=localhost&port=5432`],
    "instances p.r.c.a and p.r.c.b would both listen on localhost:5432; give one of them a place of its own: 'INSTANCE_URI?port=PORT'",
  ],
  [
    ['-u', folder, A, A],
    `instances p.r.c.a and p.r.c.a would both listen on ${folder}/p.r.c.a/.s.PGSQL.5432; give one of them a place of its own: 'INSTANCE_URI?unix-socket-path=PATH'`,
  ],
  [
    ['-u', join(folder, 'missing'), A],
    `cannot listen on ${folder}/missing/p.r.c.a/.s.PGSQL.5432: ${folder}/missing does not exist; create it: mkdir -p ${folder}/missing`,
  ],
  [
    [`${A}?unix-socket-path=${file}/x`],
    `cannot listen on ${file}/x/.s.PGSQL.5432: ${file} is not a folder; remove it or choose another folder`,
  ],
];

for (const [argv, mistake, env] of MISTAKES) {
  test(`readRequest refuses "${argv.join(' ').replaceAll(folder, 'FOLDER')}": ${mistake.split(';')[0]?.replaceAll(folder, 'FOLDER')}`, () => {
    assert.equal(mistakeIn(argv, env), mistake);
  });
}

test('readRequest names the length of a socket path that is too long (W16)', () => {
  const mistake = mistakeIn([`${A}?unix-socket-path=${join(folder, 'x'.repeat(100))}`]);
  assert.match(mistake, /the path has \d+ bytes, a socket's may have 10[37]/);
});

test('readRequest never shows a token in a message', () => {
  assert.doesNotMatch(mistakeIn([A, '--token=SECRET', '-cx']), /SECRET/);
});

test('startupLogFormat finds --structured-logs beside any mistake', () => {
  assert.equal(startupLogFormat(['--bogus', '-l'], {}), 'json');
  assert.equal(startupLogFormat(['--port', 'abc', '-il', A], { ALLOYDB_PROXY_PORT: 'abc' }), 'json');
  assert.equal(startupLogFormat(['--bogus'], { ALLOYDB_PROXY_STRUCTURED_LOGS: 'true' }), 'json');
  assert.equal(startupLogFormat(['-l=false'], { ALLOYDB_PROXY_STRUCTURED_LOGS: 'true' }), 'text');
  assert.equal(startupLogFormat(['--bogus'], {}), 'text');
});
