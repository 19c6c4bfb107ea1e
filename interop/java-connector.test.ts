// Holds the emulator against Google's own JDBC connector, with pgjdbc.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { proveConnector, type Run } from './connector-cases.ts';
import { runProgram } from './session-program.ts';

const execute = promisify(execFile);
const source = join(import.meta.dirname, 'java');

/** The class path with the connector in it, and the compiled program, or why they are not to be had. */
async function build(folder: string): Promise<{ readonly classPath: string } | { readonly reason: string }> {
  try {
    for (const tool of ['javac', 'keytool', 'mvn']) await execute(tool, [tool === 'keytool' ? '-help' : '-version']);
  } catch {
    return { reason: 'a JDK (javac, keytool) and Maven (mvn) are not all installed' };
  }
  const file = join(folder, 'class-path');
  try {
    const goal = ['dependency:build-classpath', `-Dmdep.outputFile=${file}`];
    await execute('mvn', ['-q', '-B', '-f', join(source, 'pom.xml'), ...goal]);
  } catch {
    return { reason: 'the libraries cannot be loaded: "mvn dependency:build-classpath" fails in interop/java' };
  }
  const libraries = (await readFile(file, 'utf8')).trim();
  await execute('javac', ['-d', folder, '-cp', libraries, join(source, 'Login.java')]);
  return { classPath: `${folder}:${libraries}` };
}

test("Google's JDBC connector finds AlloyDB in the emulator", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'alloydb-interop-java-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const built = await build(folder);
  if ('reason' in built) {
    t.skip(built.reason);
    return;
  }
  const trustStore = join(folder, 'trust.p12');
  const hosts = join(folder, 'hosts');
  const run: Run = async (wanted, { grpcEndpoint, authorityFile }) => {
    const { instance, keyFile, user, password, ipType, connections, host, between } = wanted;
    await writeFile(hosts, `127.0.0.1 localhost\n${host.address} ${host.name}\n`);
    await rm(trustStore, { force: true });
    const store = ['-keystore', trustStore, '-storetype', 'PKCS12', '-storepass', 'changeit'];
    await execute('keytool', ['-importcert', '-noprompt', '-alias', 'emulator', '-file', authorityFile, ...store]);
    const virtualMachine = [
      `-Djavax.net.ssl.trustStore=${trustStore}`,
      '-Djavax.net.ssl.trustStorePassword=changeit',
      `-Djdk.net.hosts.file=${hosts}`,
    ];
    const properties = {
      alloydbInstanceName: instance,
      alloydbAdminServiceEndpoint: grpcEndpoint,
      alloydbGoogleCredentialsPath: keyFile,
      alloydbIpType: ipType,
      alloydbEnableIAMAuth: String(password === undefined),
      user,
      connections: String(connections),
    };
    const args = [
      ...virtualMachine,
      '-cp',
      built.classPath,
      'Login',
      ...Object.entries(properties).map(([name, value]) => `${name}=${value}`),
      ...(between === undefined ? [] : ['again']),
    ];
    const env = { INTEROP_PASSWORD: password ?? '' };
    return runProgram({ command: 'java', args, env, ...(between === undefined ? {} : { between }) });
  };
  await proveConnector(t, { pgjdbc: run });
});
