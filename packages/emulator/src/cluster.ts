// One cluster: its certificate authority, its part in replication, and what listens at the addresses of its instances.

import { randomUUID } from 'node:crypto';
import type { ConnectionRule } from './connection-rule.ts';
import { type Instance, isReadOnly } from './instance.ts';
import type { InstanceType, ResolvedInstance } from './options.ts';
import type { ClusterAuthority } from './pki/cluster-authority.ts';
import { PostgresPort, type PostgresPortParts } from './postgres-port/postgres-port.ts';
import type { ClusterName } from './resource-name.ts';
import type { BreakHow } from './server-proxy/relay.ts';
import { ServerProxy, type ServerProxyParts } from './server-proxy/server-proxy.ts';

/** What a cluster is to others: it takes writes, or follows the cluster that does. */
export type Standing =
  | { readonly is: 'PRIMARY' }
  /** `of` is the name of its primary cluster; undefined when that one is not served here. */
  | { readonly is: 'SECONDARY'; readonly of: string | undefined };

type OfAnInstance = 'instance' | 'authority' | 'isReadOnly' | 'rule';

export interface ClusterParts extends Omit<ServerProxyParts & PostgresPortParts, OfAnInstance> {
  readonly name: ClusterName;
  /** Default: a new one. */
  readonly uid?: string;
  readonly standing: Standing;
  readonly authority: ClusterAuthority;
  /** Signs the server certificates of the fault `foreign-server-certificate`. */
  readonly foreignAuthority: ClusterAuthority;
  readonly serverProxyPort: number;
  /** Undefined: the one of before, else 5432. */
  readonly postgresPort: number | undefined;
}

/** What an instance was before the emulator was started again. */
export type FormerInstance = Pick<
  Instance,
  'uid' | 'address' | 'publicAddress' | 'postgresPort' | 'publicPostgresPort' | 'node'
>;

/** What changes of an instance without its clients' notice. */
export type InstanceChange = Partial<Pick<Instance, keyof ConnectionRule | 'connectionPooling' | 'nodeCount'>>;

const POSTGRES_PORT = 5432;

interface Member {
  instance: Instance;
  readonly proxy: ServerProxy;
  readonly postgresPort: PostgresPort;
}

export class Cluster {
  readonly name: ClusterName;
  readonly uid: string;
  readonly #parts: ClusterParts;
  readonly #members: Member[] = [];
  #standing: Standing;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.uid = parts.uid ?? randomUUID();
    this.#standing = parts.standing;
  }

  get standing(): Standing {
    return this.#standing;
  }

  get authority(): ClusterAuthority {
    return this.#parts.authority;
  }

  get instances(): readonly Instance[] {
    return this.#members.map(({ instance }) => instance);
  }

  /** @throws EmulatorError `ADDRESS_UNAVAILABLE` */
  async addInstance(options: ResolvedInstance, former?: FormerInstance): Promise<Instance> {
    const { name, type, publicIp, requireConnectors, sslMode } = options;
    const now = (): Pick<Instance, 'type' | keyof ConnectionRule> => this.#find(name.uri)?.instance ?? options;
    const parts = { ...this.#parts, instance: name, isReadOnly: () => isReadOnly(now()), rule: now };
    const proxy = new ServerProxy(parts);
    const postgresPort = new PostgresPort(parts);
    try {
      const { serverProxyPort } = this.#parts;
      const own = await proxy.listen(serverProxyPort, former?.address);
      const open = publicIp ? await proxy.listen(serverProxyPort, former?.publicAddress) : undefined;
      const direct = await postgresPort.listen(own.address, this.#postgresPorts(former?.postgresPort));
      const openDirect =
        open === undefined
          ? undefined
          : await postgresPort.listen(open.address, this.#postgresPorts(former?.publicPostgresPort));
      const instance: Instance = {
        name,
        uid: former?.uid ?? randomUUID(),
        type,
        address: own.address,
        port: own.port,
        publicAddress: open?.address,
        publicPort: open?.port,
        postgresPort: direct.port,
        publicPostgresPort: openDirect?.port,
        pscDnsName: absolute(options.pscDnsName),
        pscAutoDnsName: absolute(options.pscAutoDnsName),
        requireConnectors,
        sslMode,
        connectionPooling: options.connectionPooling,
        node: former?.node ?? 0,
        nodeCount: options.nodeCount,
      };
      const member = { instance, proxy, postgresPort };
      await this.#present(member);
      this.#members.push(member);
      return instance;
    } catch (error) {
      await Promise.all([proxy.close(), postgresPort.close()]);
      throw error;
    }
  }

  /** Its connections end, and its addresses are free again. */
  async removeInstance(uri: string): Promise<void> {
    const at = this.#members.findIndex(({ instance }) => instance.name.uri === uri);
    const [member] = at === -1 ? [] : this.#members.splice(at, 1);
    if (member !== undefined) await Promise.all([member.postgresPort.close(), member.proxy.close()]);
  }

  /** Sessions that are open go on. */
  change(uri: string, fields: InstanceChange): void {
    const member = this.#find(uri);
    if (member !== undefined) member.instance = { ...member.instance, ...fields };
  }

  /** Replaces the authority. Open connections go on; old client certificates open no new ones. */
  async rotateCa(): Promise<void> {
    await this.#parts.authority.rotate();
    await Promise.all(this.#members.map(async (member) => this.#present(member)));
  }

  /**
   * The standby takes over: at the same addresses there is another node, with a certificate of its own. Every connection to the
   * one before is lost, and until the new one serves, connections are refused.
   */
  async failOver(uri: string): Promise<void> {
    const member = this.#find(uri);
    if (member === undefined) return;
    await this.#away([member], async () => {
      member.instance = { ...member.instance, node: member.instance.node + 1 };
      await this.#present(member);
    });
  }

  /** Every connection is lost, and refused until the same node is back. */
  async restart(uri: string): Promise<void> {
    await this.#away(
      this.#members.filter(({ instance }) => instance.name.uri === uri),
      async () => {},
    );
  }

  /** From now on its instance that is no read pool takes writes, or none does. Every connection to that one is lost. */
  async become(standing: Standing): Promise<void> {
    const type: InstanceType = standing.is;
    const members = this.#members.filter(({ instance }) => instance.type !== 'READ_POOL');
    await this.#away(members, async () => {
      this.#standing = standing;
      for (const member of members) member.instance = { ...member.instance, type };
    });
  }

  /** A stopped instance refuses connections, and keeps its addresses. @throws EmulatorError `ADDRESS_UNAVAILABLE` */
  async setListening(instanceUri: string, listening: boolean): Promise<void> {
    const member = this.#find(instanceUri);
    if (member !== undefined) await (listening ? comeBack(member) : fallSilent(member));
  }

  /** Breaks the sessions of one instance, or of all; returns how many there were. */
  breakConnections(how: BreakHow, instanceUri?: string): number {
    let broken = 0;
    for (const { instance, proxy, postgresPort } of this.#members) {
      if (instanceUri !== undefined && instance.name.uri !== instanceUri) continue;
      broken += proxy.breakConnections(how) + postgresPort.breakConnections(how);
    }
    return broken;
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.flatMap(({ proxy, postgresPort }) => [proxy.close(), postgresPort.close()]));
  }

  /** Those that are stopped already stay so. */
  async #away(members: readonly Member[], meanwhile: () => Promise<void>): Promise<void> {
    const serving = members.filter(({ proxy }) => !proxy.isSuspended);
    await Promise.all(serving.map(fallSilent));
    await meanwhile();
    await Promise.all(serving.map(comeBack));
  }

  #find(uri: string): Member | undefined {
    return this.#members.find(({ instance }) => instance.name.uri === uri);
  }

  /** In the order in which they are tried: clients may still know the former one, unless another is asked for. */
  #postgresPorts(former: number | undefined): readonly number[] {
    const { postgresPort } = this.#parts;
    if (postgresPort !== undefined) return [postgresPort];
    return former === undefined ? [POSTGRES_PORT] : [former, POSTGRES_PORT];
  }

  async #present({ instance, proxy, postgresPort }: Member): Promise<void> {
    const { address, publicAddress, pscDnsName, pscAutoDnsName, uid } = instance;
    // A certificate names a host without the dot at its end.
    const hosts = [pscDnsName, pscAutoDnsName].map((host) => host?.slice(0, -1));
    const server = { uid, names: [address, publicAddress, ...hosts].filter((name) => name !== undefined) };
    const { authority, foreignAuthority } = this.#parts;
    const [own, foreign, misnamed, expired] = await Promise.all([
      authority.issueServer(server),
      foreignAuthority.issueServer(server),
      authority.issueServer({ uid, names: ['192.0.2.1', 'elsewhere.invalid'] }),
      authority.issueServer({ ...server, expired: true }),
    ]);
    proxy.present({ own, foreign, misnamed, expired });
    postgresPort.present(own);
  }
}

// The address is kept by the server-side proxy, and so it is the last to go from there and the first to come back.

async function fallSilent({ proxy, postgresPort }: Member): Promise<void> {
  await postgresPort.suspend();
  await proxy.suspend();
}

async function comeBack({ proxy, postgresPort }: Member): Promise<void> {
  await proxy.resume();
  await postgresPort.resume();
}

/** DNS names in connectionInfo end with a dot. */
function absolute(host: string | undefined): string | undefined {
  return host === undefined || host.endsWith('.') ? host : `${host}.`;
}
