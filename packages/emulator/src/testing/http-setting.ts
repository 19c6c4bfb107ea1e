// The HTTP side of an emulator for tests: every service, without a PostgreSQL or a server-side proxy behind.

import { Operations } from '../admin-api/operations.ts';
import { ConnectionRules } from '../connection-rules.ts';
import { Controls } from '../control-api/controls.ts';
import { FaultPlan } from '../faults/fault-plan.ts';
import { HttpServer } from '../http/http-server.ts';
import { IamControls } from '../iam/iam-controls.ts';
import { AccessTokens, CLOUD_PLATFORM_SCOPE } from '../iam/access-tokens.ts';
import { Policy } from '../iam/policy.ts';
import type { Role } from '../iam/roles.ts';
import { ServiceAccountKeys } from '../iam/service-account-keys.ts';
import { ServiceAccounts } from '../iam/service-accounts.ts';
import type { Instance } from '../instance.ts';
import { InstanceStates } from '../instance-states.ts';
import { CredentialFiles } from '../oauth/credential-files.ts';
import { UserLogins } from '../oauth/user-logins.ts';
import { WorkloadPool } from '../oauth/workload-pool.ts';
import { ClusterAuthority } from '../pki/cluster-authority.ts';
import { Projects } from '../projects.ts';
import { parseInstanceName } from '../resource-name.ts';
import { createServices } from '../services.ts';
import { StatisticsCounter } from '../statistics.ts';

export const CLUSTER = 'projects/p/locations/l/clusters/c';
export const URI = `${CLUSTER}/instances/i`;
export const MACHINE_ACCOUNT = 'machine@p.iam.gserviceaccount.com';

const instance: Instance = {
  name: parseInstanceName(URI),
  uid: 'u-1',
  type: 'PRIMARY',
  address: '127.0.0.2',
  port: 5433,
  publicAddress: undefined,
  publicPort: undefined,
  postgresPort: 5432,
  publicPostgresPort: undefined,
  pscDnsName: 'x.psc.goog.',
  pscAutoDnsName: 'y.psc.goog.',
  connectionPooling: false,
};

export interface HttpSettingOptions {
  readonly machineScopes?: readonly string[];
  readonly defaultRoles?: readonly Role[];
  /** URIs of further instances. */
  readonly instances?: readonly string[];
}

export async function startHttpSetting(options: HttpSettingOptions = {}) {
  const time = { ms: Date.now() };
  const clock = { now: () => time.ms };
  const tokens = new AccessTokens(clock);
  const policy = new Policy(options.defaultRoles ?? ['roles/alloydb.client'], clock);
  const keys = new ServiceAccountKeys(clock);
  const projects = new Projects();
  const accounts = new ServiceAccounts({ projects, policy, keys });
  projects.mention('p');
  const logins = new UserLogins();
  const pool = new WorkloadPool(clock);
  const faults = new FaultPlan();
  const statistics = new StatisticsCounter(clock);
  const states = new InstanceStates();
  const rules = new ConnectionRules();
  const iam = new IamControls({ projects, accounts, keys, policy });
  const services = createServices({
    instances: [instance, ...(options.instances ?? []).map((uri) => ({ ...instance, name: parseInstanceName(uri) }))],
    states,
    rules,
    operations: new Operations(clock),
    authorities: new Map([[CLUSTER, await ClusterAuthority.create(clock)]]),
    iam: { tokens, policy, accounts, projects, keys, clock },
    clientCertificateLifeMs: undefined,
    keys,
    accounts,
    logins,
    pool,
    tokens,
    clock,
    tokenLifeMs: 3_600_000,
    metadataServer: { serviceAccount: MACHINE_ACCOUNT, scopes: options.machineScopes ?? [CLOUD_PLATFORM_SCOPE] },
    controls: new Controls({ clusters: new Map(), faults, statistics, states, rules, iam }),
    faults,
    statistics,
  });
  const server = new HttpServer({ services, log: () => {} });
  const apiEndpoint = await server.listen(0);
  return {
    apiEndpoint,
    /** Moves every clock of the emulator. */
    time,
    tokens,
    policy,
    projects,
    accounts,
    states,
    rules,
    keys,
    logins,
    pool,
    faults,
    statistics,
    credentialFiles: new CredentialFiles({ apiEndpoint, logins, pool }),
    [Symbol.asyncDispose]: async () => server.close(),
  };
}

export type HttpSetting = Awaited<ReturnType<typeof startHttpSetting>>;
