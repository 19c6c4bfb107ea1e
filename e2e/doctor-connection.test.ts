// doctor: what is wrong with the instance, the way to it, the login, and the machine that the proxy runs on.

import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Breakage, testBreakages } from './support/doctor/breakage.ts';
import type { Patient } from './support/doctor/patient.ts';
import { freePorts } from './support/free-ports.ts';
import { writeStaticInfo } from './support/static-info.ts';

/** Somebody else listens there until the scenario is over. */
async function take(port: number, undo: AsyncDisposableStack): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  undo.defer(() => void server.close());
}

async function staticInfo({ emulator, folder, account, instance }: Patient): Promise<string> {
  return writeStaticInfo({ emulator, folder, account }, { [instance.uri]: { ipAddress: instance.address } });
}

function elsewhere(what: string, says: RegExp, where: (patient: Patient) => string): Breakage {
  return {
    what,
    check: 'tls',
    says,
    fix: /^dial-address=\S+ leads to something else than this instance: correct it, or leave it out$/,
    break: (patient) => patient.run({ instance: `${patient.instance.uri}?dial-address=${where(patient)}` }),
    mend: ({ run }) => run(),
  };
}

const password = 'pass-of-ann';

testBreakages('doctor on the connection', [
  {
    what: 'an instance that is stopped',
    check: 'instance',
    says: /^it is STOPPED$/,
    fix: /^gcloud alloydb instances update primary --cluster=demo --region=us-central1 --project=bed-\d+ --activation-policy=ALWAYS$/,
    async break({ emulator, instance, run }) {
      await emulator.setInstanceState({ instance: instance.uri, state: 'STOPPED' });
      return run();
    },
  },
  {
    what: 'a wrong region, with the URI that was meant where it may be listed',
    check: 'instance',
    says: /^there is no such instance: /,
    fix: /^did you mean projects\/bed-\d+\/locations\/us-central1\/clusters\/demo\/instances\/primary\?$/,
    break({ emulator, account, project, instance, run }) {
      emulator.grantRole(account, { role: 'roles/alloydb.viewer', on: `projects/${project}` });
      return run({ instance: instance.uri.replace('us-central1', 'us-centrol1') });
    },
    mend: ({ run }, fix) => run({ instance: /projects\/[^?]+/.exec(fix)?.[0] ?? assert.fail(fix) }),
  },
  {
    what: 'a wrong instance name where nothing may be listed',
    check: 'instance',
    says: /^there is no such instance: .*instances\/secondary/,
    fix: /gcloud alloydb instances list/,
    break: ({ instance, run }) => run({ instance: instance.uri.replace('primary', 'secondary') }),
    mend: ({ run }) => run(),
  },
  {
    what: 'a kind of address that the instance does not have',
    check: 'address',
    says: /it has no PUBLIC address, only: PRIVATE$/,
    fix: /^leave out --public-ip and --psc/,
    break: ({ run }) => run({ args: ['--public-ip'] }),
    mend: ({ run }) => run(),
  },
  {
    what: 'a tunnel that is not there',
    check: 'tcp',
    says: /^127\.0\.0\.1:\d+ refuses connections(?:: the machine is there, and nothing listens$|, or cannot be reached)/,
    fix: /^check dial-address=127\.0\.0\.1:\d+: .*or leave it out$/,
    break: async ({ instance, run }) => {
      return run({ instance: `${instance.uri}?dial-address=127.0.0.1:${await freePorts(1)}` });
    },
    mend: ({ run }) => run(),
  },
  elsewhere(
    "a tunnel that leads to another instance of the cluster, by the server's names",
    /its certificate is for IP Address:127\.\d+\.\d+\.\d+, not for 127\./,
    ({ replica }) => replica.address,
  ),
  elsewhere(
    "a tunnel that leads to another cluster, by the server's authority",
    /TLS handshake/,
    ({ emulator, project }) => {
      const other = emulator.instances.find(({ uri }) => !uri.includes(`/${project}/`));
      return other?.address ?? assert.fail('there is one cluster only');
    },
  ),
  {
    what: 'an authority of the cluster that has changed since the connection info was written',
    check: 'tls',
    says: /TLS handshake/,
    fix: /^the authority of the cluster has changed: write the file of --static-connection-info anew/,
    async break(patient) {
      const path = await staticInfo(patient);
      await patient.emulator.rotateCa(patient.instance.uri);
      return patient.run({ args: ['--static-connection-info', path] });
    },
    async mend(patient) {
      await staticInfo(patient);
      return undefined;
    },
  },
  {
    what: 'a user who is not the principal',
    check: 'iam-user',
    says: /^the credentials are those of doctor@bed-\d+\.iam\.gserviceaccount\.com, who is not ann in the database$/,
    fix: /^log in as that user: --user doctor@bed-\d+\.iam$/,
    break: ({ run }) => run({ user: 'ann' }),
    mend: ({ run }, fix) => run({ user: /--user (\S+)$/.exec(fix)?.[1] }),
  },
  {
    what: 'a principal that is no user of the database',
    check: 'postgres',
    says: /"?newcomer@bed-\d+\.iam"?.* \(SQLSTATE 28\w+\)$/,
    fix: /gcloud alloydb users create newcomer@bed-\d+\.iam --cluster=demo --region=us-central1 --project=bed-\d+ --type=IAM_BASED$/,
    async break({ emulator, project, folder, run }) {
      const account = `newcomer@${project}.iam.gserviceaccount.com`;
      for (const role of ['alloydb.client', 'alloydb.databaseUser', 'serviceusage.serviceUsageConsumer'] as const) {
        emulator.grantRole(account, { role: `roles/${role}`, on: `projects/${project}` });
      }
      const keyFile = join(folder, 'newcomer.json');
      await emulator.writeServiceAccountKey(keyFile, account);
      return run({ credentials: ['--credentials-file', keyFile], user: `newcomer@${project}.iam` });
    },
  },
  {
    what: 'a wrong password',
    check: 'postgres',
    says: /^password authentication failed for user "ann" \(SQLSTATE 28P01\)$/,
    fix: /^set PGPASSWORD to the password of ann/,
    async break({ emulator, run }) {
      await emulator.createDatabaseUser({ name: 'ann', password });
      return run({ login: [], user: 'ann', env: { PGPASSWORD: 'pass-of-bob' } });
    },
    mend: ({ run }) => run({ login: [], user: 'ann', env: { PGPASSWORD: password } }),
  },
  {
    what: 'a database that there is not',
    check: 'postgres',
    says: /^database "shop" does not exist \(SQLSTATE 3D000\)$/,
    fix: /^name another --database/,
    break: ({ run }) => run({ args: ['--database', 'shop'] }),
    mend: ({ run }) => run({ args: ['--database', 'postgres'] }),
  },
  {
    what: 'a token that the server itself refuses',
    check: 'exchange',
    says: /refused the connection: Request had insufficient scopes\.$/,
    fix: /^make the token with the scope /,
    break({ emulator, instance, run }) {
      emulator.addFault({
        kind: 'exchange-error',
        message: 'Request had insufficient scopes.',
        instance: instance.uri,
      });
      return run();
    },
    // The fault is over by itself.
    mend: () => undefined,
  },
  {
    what: 'a port that another process holds, and that process',
    check: 'listener',
    says: /^cannot listen on 127\.0\.0\.1:\d+: address in use$/,
    fix: new RegExp(`^process ${process.pid} \\(.+\\) holds it; try --port \\d+`),
    async break({ port, run }, undo) {
      await take(port, undo);
      return run();
    },
    mend: ({ run }, fix) => run({ listen: ['--port', /--port (\d+)/.exec(fix)?.[1] ?? assert.fail(fix)] }),
  },
  {
    what: 'a health port that another process holds',
    check: 'http-ports',
    says: /^cannot listen on (?:127\.0\.0\.1|localhost):\d+: address in use$/,
    fix: new RegExp(`^process ${process.pid} \\(.+\\) holds it; try --http-port \\d+`),
    async break({ run }, undo) {
      const port = await freePorts(2);
      await take(port, undo);
      return run({ args: ['--health-check', '--http-address', '127.0.0.1', '--http-port', String(port)] });
    },
    mend: ({ run }, fix) => {
      const port = /--http-port (\d+)/.exec(fix)?.[1] ?? assert.fail(fix);
      return run({ args: ['--health-check', '--http-address', '127.0.0.1', '--http-port', port] });
    },
  },
  {
    what: 'a folder for Unix sockets that is not there',
    check: 'configuration',
    says: /^cannot listen on \S+: \S+sockets does not exist$/,
    fix: /^create it: mkdir -p \S+sockets$/,
    break: ({ folder, run }) => run({ listen: ['--unix-socket', join(folder, 'sockets')] }),
  },
  {
    what: 'a limit of open files that is too low',
    check: 'descriptors',
    status: 'warn',
    says: /^the limit of open files is 256; connections without a limit should have 1024/,
    fix: /ulimit -n 65536/,
    skip: !existsSync('/proc/self/limits') && 'this system does not tell its limit',
    break: ({ run }) => run({ openFiles: 256 }),
    // As many as that may be more than this user is allowed.
    mend: ({ run }) => run({ openFiles: 1024 }),
  },
  {
    what: 'a key of the config file that there is not',
    check: 'configuration',
    says: /proxy\.toml:1: unknown key "prot"$/,
    fix: /port/,
    break({ folder, run }) {
      const path = join(folder, 'proxy.toml');
      writeFileSync(path, 'prot = 5432\n');
      return run({ args: ['--config-file', path] });
    },
    mend({ folder }, fix) {
      const [, right = assert.fail(fix)] = /did you mean "?([\w-]+)/.exec(fix) ?? [];
      writeFileSync(join(folder, 'proxy.toml'), `${right} = 5432\n`);
      return undefined;
    },
  },
  {
    what: 'a variable of the environment that is misspelt',
    check: 'configuration',
    says: /ALLOYDB_PROXY_PUBLICIP/,
    fix: /ALLOYDB_PROXY_PUBLIC_IP/,
    break: ({ run }) => run({ env: { ALLOYDB_PROXY_PUBLICIP: 'false' } }),
    mend: ({ run }) => run({ env: { ALLOYDB_PROXY_PUBLIC_IP: 'false' } }),
  },
]);
