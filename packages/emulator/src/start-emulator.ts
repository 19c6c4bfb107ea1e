// Puts an emulator together out of its parts.

import { Operations } from './admin-api/operations.ts';
import type { Clock } from './clock.ts';
import { Controls } from './control-api/controls.ts';
import { Emulator, type EmulatorGrpc, type EmulatorPostgres } from './emulator.ts';
import { FaultPlan } from './faults/fault-plan.ts';
import { Fleet } from './fleet.ts';
import { HttpServer } from './http/http-server.ts';
import { AccessTokens } from './iam/access-tokens.ts';
import { IamControls } from './iam/iam-controls.ts';
import { Policy } from './iam/policy.ts';
import { ServiceAccountKeys } from './iam/service-account-keys.ts';
import { ServiceAccounts } from './iam/service-accounts.ts';
import { InstanceStates } from './instance-states.ts';
import { CredentialFiles } from './oauth/credential-files.ts';
import { UserLogins } from './oauth/user-logins.ts';
import { WorkloadPool } from './oauth/workload-pool.ts';
import { type EmulatorOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { ClusterAuthority } from './pki/cluster-authority.ts';
import { DatabaseUsers } from './postgres/database-users.ts';
import { parseDatabaseUrl, runStatements } from './postgres/database.ts';
import { startLocalPostgres } from './postgres/local-postgres.ts';
import { Projects } from './projects.ts';
import { ConnectionAuthorizer } from './server-proxy/connection-authorizer.ts';
import { createServices } from './services.ts';
import { StatisticsCounter } from './statistics.ts';

type Close = () => Promise<void>;

/**
 * Starts a local AlloyDB: Admin API and token endpoint on 127.0.0.1, a server-side proxy for each instance on a loopback
 * address of its own, and one PostgreSQL behind them all.
 *
 * @throws EmulatorError, after everything that had been started was stopped.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const resolved = resolveOptions(options);
  const closers: Close[] = [];
  // The last started is the first to stop: nobody talks to PostgreSQL when it goes.
  const closeAll = async (): Promise<void> => {
    for (const close of closers.toReversed()) await close();
  };
  try {
    return await start(resolved, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(options: ResolvedOptions, closers: Close[], closeAll: Close): Promise<Emulator> {
  const { clock, log } = options;
  const postgres = await openPostgres(options, closers);
  const foreignAuthority = await ClusterAuthority.create(clock);

  const keys = new ServiceAccountKeys(clock);
  const tokens = new AccessTokens(clock);
  const policy = new Policy(options.defaultRoles, clock);
  const projects = new Projects();
  const accounts = new ServiceAccounts({ projects, policy, keys });
  for (const { name } of options.instances) projects.mention(name.project);
  accounts.mention(options.metadataServer.serviceAccount);
  const faults = new FaultPlan();
  const statistics = new StatisticsCounter(clock);
  const users = new DatabaseUsers(postgres);
  const authorizer = new ConnectionAuthorizer({ tokens, policy, accounts });

  const states = new InstanceStates();
  const world = { clock, log, projects, states, authorizer, users, database: postgres, faults, statistics };
  const fleet = new Fleet({ ...world, foreignAuthority, serverProxyPort: options.serverProxyPort });
  closers.push(async () => fleet.close());
  for (const instance of options.instances) {
    const { clusterName } = instance.name;
    if (!fleet.clusters.some(({ name }) => name.clusterName === clusterName)) {
      const standing = { is: instance.type === 'SECONDARY' ? 'SECONDARY' : 'PRIMARY', of: undefined } as const;
      await fleet.createCluster({ name: clusterName, standing })();
    }
    await fleet.createInstance(instance)();
  }

  const { tokenLifeMs } = options;
  const logins = new UserLogins();
  const pool = new WorkloadPool(clock);
  const iam = new IamControls({ projects, accounts, keys, policy });
  const controls = new Controls({ fleet, users, faults, statistics, states, iam });
  const operations = new Operations({ clock, ended: () => {} });
  const services = createServices({
    iamControls: iam,
    operations,
    fleet,
    users,
    states,
    clientCertificateLifeMs: options.clientCertificateLifeMs,
    iam: { tokens, policy, accounts, projects, keys, clock },
    keys,
    accounts,
    logins,
    pool,
    tokens,
    clock,
    tokenLifeMs,
    metadataServer: options.metadataServer,
    controls,
    faults,
    statistics,
  });
  const http = new HttpServer({ services, log });
  closers.push(async () => http.close());
  const apiEndpoint = await http.listen(options.apiPort);
  const grpc =
    options.grpcPort === undefined ? undefined : await serveGrpc(options.grpcPort, { http, clock, log, closers });
  const credentialFiles = new CredentialFiles({ apiEndpoint, logins, pool });
  const shared = { users, iam, keys, tokens, policy, accounts, logins, pool, credentialFiles, controls, tokenLifeMs };
  return new Emulator({ apiEndpoint, grpc, fleet, postgres, ...shared, close: closeAll });
}

interface GrpcNeeds {
  readonly http: HttpServer;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly closers: Close[];
}

/** Loaded only when it is wanted: the library is a heavy one. */
async function serveGrpc(port: number, { http, clock, log, closers }: GrpcNeeds): Promise<EmulatorGrpc> {
  const { GrpcServer } = await import('./grpc/grpc-server.ts');
  const authority = await ClusterAuthority.create(clock);
  const identity = await authority.issueServer({ uid: 'grpc', names: ['localhost', '127.0.0.1'] });
  const server = new GrpcServer({ rest: (request) => http.dispatch(request), identity, log });
  closers.push(async () => server.close());
  return { endpoint: await server.listen(port), authority: identity.trustedRoot };
}

async function openPostgres(options: ResolvedOptions, closers: Close[]): Promise<EmulatorPostgres> {
  if (options.databaseUrl !== undefined) {
    const database = parseDatabaseUrl(options.databaseUrl);
    // Better to hear now than at the first login that it cannot be used.
    await runStatements(database, 'SELECT 1');
    return { ...database, version: undefined, folder: undefined };
  }
  const { binDir, postgresPassword, log } = options;
  const local = await startLocalPostgres({ binDir, password: postgresPassword, log });
  closers.push(async () => local.close());
  return { ...local.database, version: local.version, folder: local.folder };
}
