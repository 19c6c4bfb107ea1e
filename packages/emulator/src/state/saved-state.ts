// Everything of an emulator that is the same after a restart, besides the data of PostgreSQL.

import type { Fleet } from '../fleet.ts';
import type { AccessTokens } from '../iam/access-tokens.ts';
import type { Policy } from '../iam/policy.ts';
import type { ServiceAccountKeys } from '../iam/service-account-keys.ts';
import type { ServiceAccounts } from '../iam/service-accounts.ts';
import type { UserLogins } from '../oauth/user-logins.ts';
import type { WorkloadPool } from '../oauth/workload-pool.ts';
import type { ClusterAuthority } from '../pki/cluster-authority.ts';
import type { DatabaseUsers } from '../postgres/database-users.ts';
import type { Projects } from '../projects.ts';

export interface Stores {
  readonly projects: Projects;
  readonly policy: Policy;
  readonly accounts: ServiceAccounts;
  readonly keys: ServiceAccountKeys;
  readonly tokens: AccessTokens;
  readonly logins: UserLogins;
  readonly pool: WorkloadPool;
  readonly users: DatabaseUsers;
  readonly fleet: Fleet;
}

/** What is no store of its own. */
export interface SavedFacts {
  /** Key files and proxies that run know the port. */
  readonly apiPort: number | undefined;
  readonly postgresPassword: string;
  /** What clients of gRPC were told to trust. */
  readonly grpcAuthority: ReturnType<ClusterAuthority['snapshot']> | undefined;
}

type Snapshots = { readonly [Name in keyof Stores]: ReturnType<Stores[Name]['snapshot']> };

export interface SavedState extends SavedFacts {
  /** Undefined until the first start was complete. */
  readonly stores: Snapshots | undefined;
}

export function snapshotOf(stores: Stores): Snapshots {
  const { projects, policy, accounts, keys, tokens, logins, pool, users, fleet } = stores;
  return {
    projects: projects.snapshot(),
    policy: policy.snapshot(),
    accounts: accounts.snapshot(),
    keys: keys.snapshot(),
    tokens: tokens.snapshot(),
    logins: logins.snapshot(),
    pool: pool.snapshot(),
    users: users.snapshot(),
    fleet: fleet.snapshot(),
  };
}

/** @throws EmulatorError `ADDRESS_UNAVAILABLE` */
export async function restore(stores: Stores, saved: Snapshots): Promise<void> {
  stores.projects.restore(saved.projects);
  stores.policy.restore(saved.policy);
  stores.accounts.restore(saved.accounts);
  stores.keys.restore(saved.keys);
  stores.tokens.restore(saved.tokens);
  stores.logins.restore(saved.logins);
  stores.pool.restore(saved.pool);
  stores.users.restore(saved.users);
  await stores.fleet.restore(saved.fleet);
}
