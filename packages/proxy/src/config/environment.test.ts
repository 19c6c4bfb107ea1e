// Settings and instances from environment variables.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvironment } from './environment.ts';

function instancesOf(env: NodeJS.ProcessEnv): readonly string[] {
  const { instances, mistakes } = readEnvironment(env);
  assert.deepEqual(mistakes, []);
  return instances.map(({ value }) => value);
}

test('readEnvironment reads values by the kind of their flag and keeps the name of the variable', () => {
  const { settings } = readEnvironment({ ALLOYDB_PROXY_PORT: '6000', ALLOYDB_PROXY_PSC: 'T' });
  assert.deepEqual(settings, {
    port: { value: 6000, source: { from: 'environment', variable: 'ALLOYDB_PROXY_PORT' } },
    psc: { value: true, source: { from: 'environment', variable: 'ALLOYDB_PROXY_PSC' } },
  });
});

test('readEnvironment takes an empty variable for an absent one', () => {
  const { settings, instances } = readEnvironment({ ALLOYDB_PROXY_TOKEN: '', ALLOYDB_PROXY_INSTANCE_URI: '' });
  assert.deepEqual({ settings, instances }, { settings: {}, instances: [] });
});

test('readEnvironment reads neither --help, --version nor query parameters', () => {
  const { settings, mistakes, notices } = readEnvironment({
    ALLOYDB_PROXY_HELP: 'true',
    ALLOYDB_PROXY_VERSION: '1.2.3',
    ALLOYDB_PROXY_UNIX_SOCKET_PATH: '/x',
  });
  assert.deepEqual(settings, {});
  assert.deepEqual(
    mistakes.map(({ message, hint }) => `${message}; ${hint}`),
    [
      'unknown environment variable ALLOYDB_PROXY_HELP; --help is read from the command line only; unset it',
      "unknown environment variable ALLOYDB_PROXY_UNIX_SOCKET_PATH; it is a query parameter of one instance: 'INSTANCE_URI?unix-socket-path=PATH'",
    ],
  );
  assert.deepEqual(notices, ['ignoring ALLOYDB_PROXY_VERSION: it is no setting']);
});

test('readEnvironment refuses variables that match no flag, and suggests one (W17)', () => {
  const { mistakes } = readEnvironment({
    ALLOYDB_PROXY_ADRESS: '::1',
    ALLOYDB_PROXY_WHATEVER: '1',
    ALLOYDB_PROXY_INSTANCE_URIS: 'A',
    ALLOYDB_PROXY_EMPTY: '',
    ALLOYDB_PROXY_METADATA: 'container',
    ALLOYDB_OTHER: '1',
  });
  assert.deepEqual(
    mistakes.map(({ message, hint }) => `${message}; ${hint}`),
    [
      'unknown environment variable ALLOYDB_PROXY_ADRESS; did you mean ALLOYDB_PROXY_ADDRESS?',
      'unknown environment variable ALLOYDB_PROXY_WHATEVER; unset it, or see --help for the variables there are',
      'unknown environment variable ALLOYDB_PROXY_INSTANCE_URIS; did you mean ALLOYDB_PROXY_INSTANCE_URI?',
    ],
  );
});

test('readEnvironment ignores, with one notice, all that Kubernetes sets for a Service named alloydb-proxy (W17)', () => {
  const { settings, mistakes, notices } = readEnvironment({
    ALLOYDB_PROXY_SERVICE_HOST: '10.0.0.1',
    ALLOYDB_PROXY_SERVICE_PORT: '5432',
    ALLOYDB_PROXY_SERVICE_PORT_POSTGRES: '5432',
    ALLOYDB_PROXY_PORT: 'tcp://10.0.0.1:5432',
    ALLOYDB_PROXY_PORT_5432_TCP: 'tcp://10.0.0.1:5432',
    ALLOYDB_PROXY_PORT_5432_TCP_PROTO: 'tcp',
    ALLOYDB_PROXY_PORT_5432_TCP_PORT: '5432',
    ALLOYDB_PROXY_PORT_5432_TCP_ADDR: '10.0.0.1',
    ALLOYDB_PROXY_HTTP_PORT: 'tcp://10.0.0.2:80',
    ALLOYDB_PROXY_HTTP_SERVICE_HOST: '10.0.0.2',
  });
  assert.deepEqual({ settings, mistakes }, { settings: {}, mistakes: [] });
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? '', /^ignoring ALLOYDB_PROXY_HTTP_PORT, .*_TCP_PROTO, .*: Kubernetes sets them/);
});

test('readEnvironment names the variable whose value is wrong', () => {
  const [mistake] = readEnvironment({ ALLOYDB_PROXY_PORT: 'abc' }).mistakes;
  assert.equal(mistake?.message, 'invalid value "abc" for ALLOYDB_PROXY_PORT: expected a port number from 0 to 65535');
  assert.equal(mistake?.hint, 'write it like ALLOYDB_PROXY_PORT=5432');
});

test('readEnvironment prefers INSTANCE_URI to the numbered ones', () => {
  assert.deepEqual(instancesOf({ ALLOYDB_PROXY_INSTANCE_URI: 'A', ALLOYDB_PROXY_INSTANCE_URI_0: 'B' }), ['A']);
});

test('readEnvironment counts numbered instances up from 0, in the order of their numbers', () => {
  const env = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`ALLOYDB_PROXY_INSTANCE_URI_${11 - n}`, `I${11 - n}`]),
  );
  assert.deepEqual(instancesOf(env), ['I0', 'I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I11']);
});

test('readEnvironment refuses a gap in the numbers, which would lose instances unseen', () => {
  const [mistake] = readEnvironment({ ALLOYDB_PROXY_INSTANCE_URI_0: 'A', ALLOYDB_PROXY_INSTANCE_URI_2: 'C' }).mistakes;
  assert.equal(mistake?.message, 'ALLOYDB_PROXY_INSTANCE_URI_2 is set but ALLOYDB_PROXY_INSTANCE_URI_1 is not');
});
