// The JDBC driver through the proxy: it logs in, and hears why when it cannot.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setUp } from '../e2e/support/setting.ts';
import { runProgram, skipUnlessInstalled } from '../e2e/support/tools.ts';

const version = '42.7.8';
const jar = join(homedir(), '.m2/repository/org/postgresql/postgresql', version, `postgresql-${version}.jar`);

/** The driver's jar in Maven's own repository, or why it cannot be had. */
async function fetchDriver(): Promise<string | false> {
  const missing = skipUnlessInstalled('java') || skipUnlessInstalled('mvn');
  if (missing !== false) return missing;
  if (existsSync(jar)) return false;
  const get = ['-q', '-B', 'dependency:get', `-Dartifact=org.postgresql:postgresql:${version}`, '-Dtransitive=false'];
  const { status } = await runProgram('mvn', get, process.env);
  return status === 0 && existsSync(jar) ? false : `org.postgresql:postgresql:${version} cannot be fetched`;
}

const skip = await fetchDriver();

async function query(port: number, user: string, password: string): Promise<string> {
  const { stdout, stderr } = await runProgram(
    'java',
    ['-cp', jar, 'interop/jdbc/Query.java', `jdbc:postgresql://127.0.0.1:${port}/postgres`, user],
    { ...process.env, INTEROP_PASSWORD: password },
  );
  assert.equal(stderr, '');
  return stdout.trim();
}

test('The JDBC driver logs in through the proxy and hears SQLSTATE and reason of a failure', { skip }, async () => {
  await using setting = await setUp();
  const { emulator, instance } = setting;
  const proxy = await setting.startProxy(instance, instance.replace('primary', 'unknown'));
  const [good = 0, bad = 0] = proxy.ports;
  const { user, password } = emulator.superuser;
  assert.equal(await query(good, user, password), 'user postgres');
  assert.match(await query(bad, user, password), /^3D000 FATAL: alloydb-auth-proxy: Cannot get .*404 NOT_FOUND/);
});
