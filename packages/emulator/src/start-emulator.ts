// Puts an emulator together out of its parts.

import { randomBytes } from 'node:crypto';
import { Operations } from './admin-api/operations.ts';
import { Controls } from './control-api/controls.ts';
import { reasonOf } from './emulator-error.ts';
import { Emulator } from './emulator.ts';
import type { EmulatorGrpc, EmulatorPostgres } from './endpoints.ts';
import { FaultPlan } from './faults/fault-plan.ts';
import { Fleet } from './fleet.ts';
import { HttpServer } from './http/http-server.ts';
import { AccessTokens } from './iam/access-tokens.ts';
import { IamControls } from './iam/iam-controls.ts';
import { Policy } from './iam/policy.ts';
import { serviceAccountOf } from './iam/principal.ts';
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
import { addClusters, addPrincipals } from './state/begin-with.ts';
import { type SavedFacts, restore, snapshotOf } from './state/saved-state.ts';
import { openStateFolder, type StateFolder } from './state/state-folder.ts';
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
  const folder = options.stateDir === undefined ? undefined : await openStateFolder(options.stateDir);
  closers.push(async () => folder?.release());
  const saved = folder?.saved;
  const postgresPassword = options.postgresPassword ?? saved?.postgresPassword ?? randomBytes(18).toString('base64url');
  if (saved === undefined) {
    // Before PostgreSQL is made with it: nobody could log in to data whose password was lost.
    folder?.write({ apiPort: undefined, postgresPassword, grpcAuthority: undefined, stores: undefined });
  }
  const postgres = await openPostgres(options, { postgresPassword, folder, closers });
  const foreignAuthority = await ClusterAuthority.create(clock);

  const keys = new ServiceAccountKeys(clock);
  const tokens = new AccessTokens(clock);
  const policy = new Policy(options.defaultRoles, clock);
  const projects = new Projects();
  const accounts = new ServiceAccounts({ projects, policy, keys });
  const faults = new FaultPlan();
  const statistics = new StatisticsCounter(clock);
  const users = new DatabaseUsers(postgres);
  const authorizer = new ConnectionAuthorizer({ tokens, policy, accounts });

  const states = new InstanceStates();
  const world = { clock, log, projects, states, authorizer, users, database: postgres, faults, statistics };
  const { serverProxyPort, postgresPort } = options;
  const fleet = new Fleet({ ...world, foreignAuthority, serverProxyPort, postgresPort });
  closers.push(async () => fleet.close());
  const logins = new UserLogins();
  const pool = new WorkloadPool(clock);
  const stores = { projects, policy, accounts, keys, tokens, logins, pool, users, fleet };
  if (saved?.stores === undefined) {
    for (const { name } of options.instances) projects.mention(name.project);
    await (options.described === undefined ? addInstances(fleet, options) : addClusters(fleet, options.described));
  } else {
    await restore(stores, saved.stores);
    log(`went on with the state in ${options.stateDir}; instances that were given are not looked at`);
  }
  const machine = machineAccount(options, projects);
  accounts.mention(machine);
  let facts: SavedFacts = { apiPort: saved?.apiPort, postgresPassword, grpcAuthority: saved?.grpcAuthority };
  let complete = false;
  const save = (): void => {
    if (complete) folder?.write({ ...facts, stores: snapshotOf(stores) });
  };

  const { tokenLifeMs } = options;
  const iam = new IamControls({ projects, accounts, keys, policy });
  const controls = new Controls({ fleet, users, faults, statistics, states, iam, changed: save, stop: options.onStop });
  const operations = new Operations({ clock, ended: save });
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
    metadataServer: { ...options.metadataServer, serviceAccount: machine },
    controls,
    faults,
    statistics,
  });
  const http = new HttpServer({ services, log, answered: save });
  closers.push(async () => http.close());
  const apiEndpoint = await listenAgain(http, {
    wanted: options.apiPort,
    former: saved?.apiPort ?? options.preferredApiPort,
    log,
  });
  facts = { ...facts, apiPort: Number(new URL(apiEndpoint).port) };
  let grpc: EmulatorGrpc | undefined;
  if (options.grpcPort !== undefined) {
    const authority =
      facts.grpcAuthority === undefined
        ? await ClusterAuthority.create(clock)
        : await ClusterAuthority.restore(facts.grpcAuthority, clock);
    facts = { ...facts, grpcAuthority: authority.snapshot() };
    grpc = await serveGrpc(options.grpcPort, { http, authority, log, closers });
  }
  const credentialFiles = new CredentialFiles({ apiEndpoint, logins, pool });
  const shared = { users, iam, keys, tokens, policy, accounts, logins, pool, credentialFiles, controls, tokenLifeMs };
  const close = async (): Promise<void> => {
    try {
      save();
    } finally {
      await closeAll();
    }
  };
  const emulator = new Emulator({ apiEndpoint, grpc, fleet, postgres, ...shared, changed: save, close });
  if (saved?.stores === undefined && options.described !== undefined) await addPrincipals(emulator, options.described);
  // A start that was cut short before this begins anew.
  complete = true;
  save();
  return emulator;
}

/** By default an account of the first project, which what was kept may have said. */
function machineAccount({ metadataServer, isMachineAccountGiven }: ResolvedOptions, projects: Projects): string {
  return isMachineAccountGiven ? metadataServer.serviceAccount : serviceAccountOf('compute', projects.first.id);
}

async function addInstances(fleet: Fleet, { instances }: ResolvedOptions): Promise<void> {
  for (const instance of instances) {
    const { clusterName } = instance.name;
    if (!fleet.clusters.some(({ name }) => name.clusterName === clusterName)) {
      const standing = { is: instance.type === 'SECONDARY' ? 'SECONDARY' : 'PRIMARY', of: undefined } as const;
      await fleet.createCluster({ name: clusterName, standing })();
    }
    await fleet.createInstance(instance)();
  }
}

/** Where no port is wanted, the one that was served before or is preferred is taken, should it be free. @throws EmulatorError `ADDRESS_UNAVAILABLE` */
async function listenAgain(
  http: HttpServer,
  ports: { readonly wanted: number; readonly former: number | undefined; readonly log: (line: string) => void },
): Promise<string> {
  const { wanted, former, log } = ports;
  if (wanted !== 0 || former === undefined) return http.listen(wanted);
  try {
    return await http.listen(former);
  } catch (error) {
    log(`${reasonOf(error)}; a free port is taken instead`);
    return http.listen(0);
  }
}

interface GrpcNeeds {
  readonly http: HttpServer;
  readonly authority: ClusterAuthority;
  readonly log: (line: string) => void;
  readonly closers: Close[];
}

/** Loaded only when it is wanted: the library is a heavy one. */
async function serveGrpc(port: number, { http, authority, log, closers }: GrpcNeeds): Promise<EmulatorGrpc> {
  const { GrpcServer } = await import('./grpc/grpc-server.ts');
  const identity = await authority.issueServer({ uid: 'grpc', names: ['localhost', '127.0.0.1'] });
  const server = new GrpcServer({ rest: (request) => http.dispatch(request), identity, log });
  closers.push(async () => server.close());
  return { endpoint: await server.listen(port), authority: identity.trustedRoot };
}

interface PostgresNeeds {
  readonly postgresPassword: string;
  readonly folder: StateFolder | undefined;
  readonly closers: Close[];
}

async function openPostgres(options: ResolvedOptions, needs: PostgresNeeds): Promise<EmulatorPostgres> {
  if (options.databaseUrl !== undefined) {
    const database = parseDatabaseUrl(options.databaseUrl);
    // Better to hear now than at the first login that it cannot be used.
    await runStatements(database, 'SELECT 1');
    return { ...database, version: undefined, folder: undefined };
  }
  const { binDir, log } = options;
  const { postgresPassword, folder, closers } = needs;
  // Data that is there knows the password that was kept.
  const password = folder?.saved?.postgresPassword ?? postgresPassword;
  const local = await startLocalPostgres({ binDir, password, log, keptData: folder?.dataFolder });
  closers.push(async () => local.close());
  const { database, version } = local;
  if (password !== postgresPassword) await new DatabaseUsers(database).changePassword(postgresPassword);
  return { ...database, password: postgresPassword, version, folder: local.folder };
}
