// doctor: what is wrong with credentials, permissions, the clock and the way to the APIs.

import { chmodSync, globSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startConnectProxy } from '../packages/connector/test/connect-proxy.ts';
import { type Breakage, testBreakages } from './support/doctor/breakage.ts';
import type { Patient, Run } from './support/doctor/patient.ts';
import { freePorts } from './support/free-ports.ts';
import { isExecutable } from './support/proxy-process.ts';

/** Takes away one permission, and leaves the others. */
function withoutPermission(permission: string, role: string): Breakage {
  return {
    what: `the missing permission ${permission}`,
    check: 'permissions',
    says: new RegExp(
      `^doctor@bed-\\d+\\.iam\\.gserviceaccount\\.com lacks ${permission.replaceAll('.', '\\.')} in project bed-\\d+$`,
    ),
    fix: new RegExp(`^gcloud projects add-iam-policy-binding bed-\\d+ --member=\\S+ --role=${role}$`),
    break({ emulator, project, account, run }) {
      const all = [
        'alloydb.clusters.generateClientCertificate',
        'alloydb.instances.connect',
        'alloydb.instances.get',
        'alloydb.users.login',
        'serviceusage.services.use',
      ];
      const custom = `projects/${project}/roles/allButOne` as const;
      emulator.defineRole(
        custom,
        all.filter((each) => each !== permission),
      );
      const predefined = ['alloydb.client', 'alloydb.databaseUser', 'serviceusage.serviceUsageConsumer'] as const;
      for (const each of predefined) emulator.revokeRole(account, { role: `roles/${each}`, on: `projects/${project}` });
      emulator.grantRole(account, { role: custom, on: `projects/${project}` });
      return run();
    },
  };
}

const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');

/** Only the program's clock is wrong; the emulator is right. */
function clockOff(hours: number): Breakage {
  const env =
    library === undefined
      ? {
          NODE_OPTIONS: `--import ${pathToFileURL('e2e/support/doctor/shifted-clock.ts').href}`,
          SHIFTED_CLOCK_MS: String(hours * 3_600_000),
        }
      : { LD_PRELOAD: library, FAKETIME: `${hours > 0 ? '+' : ''}${hours}h`, DONT_FAKE_MONOTONIC: '1' };
  return {
    what: `a clock that is ${Math.abs(hours)} h ${hours > 0 ? 'ahead' : 'behind'}, and not the token that is refused because of it`,
    check: 'clock',
    says: new RegExp(`^this machine is (?:60 min|\\d h) ${hours > 0 ? 'ahead of' : 'behind'} `),
    fix: /set the clock/,
    skip: library === undefined && isExecutable && "Debian's libfaketime is not installed",
    break: ({ run }) => run({ env }),
    mend: ({ run }) => run(),
  };
}

/** Everything goes to the emulator, the Admin API under a name that only a proxy on the way knows. */
async function behindProxy({ emulator, run }: Patient, proxy: number): Promise<Run> {
  const { port } = new URL(emulator.apiEndpoint);
  return run({
    args: ['--alloydbadmin-api-endpoint', `http://alloydb.test:${port}`],
    env: {
      ALLOYDB_EMULATOR_HOST: '',
      HTTP_PROXY: `http://127.0.0.1:${proxy}`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: emulator.apiEndpoint,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: emulator.apiEndpoint,
    },
  });
}

testBreakages('doctor on access', [
  {
    what: 'an API that is not enabled',
    check: 'api-enabled',
    says: /AlloyDB API has not been used in project/i,
    fix: /^enable the API, .*gcloud services enable alloydb\.googleapis\.com --project=/,
    break({ emulator, project, run }) {
      emulator.setServiceState({ service: 'alloydb.googleapis.com', state: 'DISABLED', project });
      return run();
    },
  },
  withoutPermission('alloydb.clusters.generateClientCertificate', 'roles/alloydb.client'),
  withoutPermission('alloydb.instances.connect', 'roles/alloydb.client'),
  withoutPermission('serviceusage.services.use', 'roles/serviceusage.serviceUsageConsumer'),
  withoutPermission('alloydb.users.login', 'roles/alloydb.databaseUser'),
  {
    what: 'a quota project that may not be used',
    check: 'permissions',
    says: /charged to a project that may not be used/,
    fix: /gcloud projects add-iam-policy-binding bed-0 .* --role=roles\/serviceusage\.serviceUsageConsumer/,
    break: ({ run, project }) => run({ env: { GOOGLE_CLOUD_QUOTA_PROJECT: project === 'bed-0' ? 'bed-1' : 'bed-0' } }),
  },
  {
    what: 'a role that is far too broad',
    check: 'role-breadth',
    status: 'warn',
    says: /may give itself and others any right in the project/,
    fix: /gcloud projects remove-iam-policy-binding bed-\d+ --member=\S+ --role=roles\/owner$/,
    break({ emulator, project, account, run }) {
      emulator.grantRole(account, { role: 'roles/owner', on: `projects/${project}` });
      return run();
    },
  },
  {
    what: 'a key that was deleted',
    check: 'token',
    says: /Invalid JWT Signature/,
    fix: /gcloud iam service-accounts keys create \S+ --iam-account=\S+$/,
    break({ emulator, keyId, run }) {
      emulator.deleteServiceAccountKey(keyId);
      return run();
    },
  },
  {
    what: 'a service account that was disabled',
    check: 'token',
    says: /account not found/,
    fix: /gcloud iam service-accounts enable \S+;/,
    break({ emulator, account, run }) {
      emulator.disableServiceAccount(account);
      return run();
    },
    async mend({ emulator, account }, fix) {
      assert.ok(fix.includes(`enable ${account}`));
      emulator.disableServiceAccount(account, false);
      return undefined;
    },
  },
  {
    what: 'a key file that is cut off',
    check: 'credentials',
    says: /^cannot use the credential file "\S+": it is no JSON object$/,
    fix: /must be a JSON key/,
    break({ keyFile, run }) {
      truncateSync(keyFile, 500);
      return run();
    },
    async mend({ emulator, keyFile, account }) {
      rmSync(keyFile);
      await emulator.writeServiceAccountKey(keyFile, account);
      return undefined;
    },
  },
  {
    what: 'a key whose private part is none',
    check: 'credentials',
    says: /"private_key" is not a private key/,
    fix: /gcloud iam service-accounts keys create KEY_FILE --iam-account=SERVICE_ACCOUNT$/,
    break({ keyFile, run }) {
      const key = JSON.parse(readFileSync(keyFile, 'utf8')) as object;
      writeFileSync(keyFile, JSON.stringify({ ...key, private_key: 'not a key' }));
      return run();
    },
    async mend({ emulator, keyFile, account }) {
      rmSync(keyFile);
      await emulator.writeServiceAccountKey(keyFile, account);
      return undefined;
    },
  },
  {
    what: 'a key file that is not there',
    check: 'credentials',
    says: /^cannot read the credential file "\S+elsewhere\.json": no such file or directory$/,
    fix: /check the path/,
    break: ({ folder, run }) => run({ credentials: ['--credentials-file', join(folder, 'elsewhere.json')] }),
    mend: ({ run }) => run(),
  },
  {
    what: 'a key file that everybody can read',
    check: 'credentials',
    status: 'warn',
    says: /mode 0644: other users of this machine can read it$/,
    fix: /^chmod 600 \S+key\.json$/,
    break({ keyFile, run }) {
      chmodSync(keyFile, 0o644);
      return run();
    },
  },
  {
    what: 'credentials that are nowhere',
    check: 'credentials',
    says: /^cannot find Application Default Credentials/,
    fix: /name a key file with --credentials-file$/,
    // Without the emulator nobody answers as a metadata server.
    break: ({ run, emulator }) =>
      run({
        credentials: [],
        args: ['--alloydbadmin-api-endpoint', emulator.apiEndpoint],
        env: { ALLOYDB_EMULATOR_HOST: '', GCE_METADATA_HOST: '127.0.0.1:9' },
      }),
    mend: ({ run }) => run(),
  },
  {
    what: 'a token that has expired',
    check: 'api-enabled',
    says: /invalid authentication credentials/,
    fix: /log in again: .*gcloud auth print-access-token/,
    break: ({ emulator, account, run }) =>
      run({ credentials: ['--token', emulator.mintToken(account, { expiresInSeconds: -60 })] }),
    mend: ({ emulator, account, run }) => run({ credentials: ['--token', emulator.mintToken(account)] }),
  },
  {
    what: 'a token without the scope for the API',
    check: 'api-enabled',
    says: /insufficient authentication scopes/,
    fix: /scope/,
    break: ({ emulator, account, run }) => {
      const scopes = ['https://www.googleapis.com/auth/alloydb.login'];
      return run({ credentials: ['--token', emulator.mintToken(account, { scopes })] });
    },
    mend: ({ emulator, account, run }) => run({ credentials: ['--token', emulator.mintToken(account)] }),
  },
  clockOff(1),
  clockOff(-1),
  clockOff(-3),
  {
    what: 'an Admin API endpoint where nothing listens',
    check: 'api',
    says: /refuses connections(?:: the machine is there, and nothing listens|, or cannot be reached)/,
    fix: /^correct --alloydbadmin-api-endpoint/,
    async break({ emulator, run }) {
      const args = ['--alloydbadmin-api-endpoint', `http://127.0.0.1:${await freePorts(1)}`];
      // What the variable names would be the only place to ask.
      return run({ args, env: { ALLOYDB_EMULATOR_HOST: '', ...resourceManagerAt(emulator.apiEndpoint) } });
    },
    mend: ({ run }) => run(),
  },
  {
    what: 'an outbound proxy that is dead',
    check: 'api',
    says: /^the proxy cannot be reached: connection refused \(through the HTTP proxy 127\.0\.0\.1:\d+\)$/,
    fix: /check the proxy's URL, and that 127\.0\.0\.1 port \d+ can be reached/,
    break: async (patient) => behindProxy(patient, await freePorts(1)),
    async mend(patient, _fix, undo) {
      const proxy = undo.use(await startConnectProxy({ hosts: { 'alloydb.test': '127.0.0.1' } }));
      return behindProxy(patient, proxy.port);
    },
  },
  {
    what: 'a wrong project in the URI',
    check: 'permissions',
    says: /lacks .*alloydb\.instances\.connect in project no-such-project/,
    fix: /^if no-such-project is the right project: /,
    break: ({ run, instance, project }) => run({ instance: instance.uri.replace(project, 'no-such-project') }),
    mend: ({ run }) => run(),
  },
]);

function resourceManagerAt(endpoint: string): Readonly<Record<string, string>> {
  return {
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: endpoint,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: endpoint,
  };
}
