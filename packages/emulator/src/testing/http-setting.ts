// The HTTP side of an emulator for tests: every service, without a PostgreSQL or a server-side proxy behind.

import { Operations } from '../admin-api/operations.ts';
import { Controls } from '../control-api/controls.ts';
import { FaultPlan } from '../faults/fault-plan.ts';
import { Fleet } from '../fleet.ts';
import { HttpServer } from '../http/http-server.ts';
import { IamControls } from '../iam/iam-controls.ts';
import { AccessTokens, CLOUD_PLATFORM_SCOPE } from '../iam/access-tokens.ts';
import { Policy } from '../iam/policy.ts';
import type { Role } from '../iam/roles.ts';
import { ServiceAccountKeys } from '../iam/service-account-keys.ts';
import { ServiceAccounts } from '../iam/service-accounts.ts';
import { InstanceStates } from '../instance-states.ts';
import { CredentialFiles } from '../oauth/credential-files.ts';
import { UserLogins } from '../oauth/user-logins.ts';
import { WorkloadPool } from '../oauth/workload-pool.ts';
import { ClusterAuthority } from '../pki/cluster-authority.ts';
import { resolveInstance } from '../options.ts';
import { DatabaseUsers } from '../postgres/database-users.ts';
import { Projects } from '../projects.ts';
import { ConnectionAuthorizer } from '../server-proxy/connection-authorizer.ts';
import { clusterNameOf } from '../resource-name.ts';
import { createServices } from '../services.ts';
import { StatisticsCounter } from '../statistics.ts';

export const CLUSTER = 'projects/p/locations/l/clusters/c';
export const URI = `${CLUSTER}/instances/i`;
export const MACHINE_ACCOUNT = 'machine@p.iam.gserviceaccount.com';

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
  const iam = new IamControls({ projects, accounts, keys, policy });
  // Nothing listens there: no test of the HTTP side logs in to a database.
  const database = { host: '127.0.0.1', port: 1, user: 'postgres', password: '', database: 'postgres' };
  const users = new DatabaseUsers(database);
  const authorizer = new ConnectionAuthorizer({ tokens, policy, accounts });
  const foreignAuthority = await ClusterAuthority.create(clock);
  const world = { clock, projects, states, authorizer, users, database, faults, statistics };
  const fleet = new Fleet({ ...world, foreignAuthority, serverProxyPort: 0, postgresPort: 0, log: () => {} });
  const psc = { pscDnsName: 'x.psc.goog', pscAutoDnsName: 'y.psc.goog' };
  for (const uri of [URI, ...(options.instances ?? [])]) {
    const name = clusterNameOf(uri);
    if (!fleet.clusters.some((cluster) => cluster.name.clusterName === name)) await fleet.createCluster({ name })();
    const address = { address: '127.0.0.2', publicAddress: undefined };
    const former = { ...address, uid: 'u-1', postgresPort: 0, publicPostgresPort: undefined, node: 0 };
    await fleet.createInstance(resolveInstance({ uri, ...psc }), former)();
  }
  const services = createServices({
    fleet,
    users,
    states,
    iamControls: iam,
    operations: new Operations({ clock, ended: () => {} }),
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
    controls: new Controls({ fleet, users, faults, statistics, states, iam, changed: () => {}, stop: undefined }),
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
    fleet,
    states,
    keys,
    logins,
    pool,
    faults,
    statistics,
    credentialFiles: new CredentialFiles({ apiEndpoint, logins, pool }),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await fleet.close();
    },
  };
}

export type HttpSetting = Awaited<ReturnType<typeof startHttpSetting>>;
