// One cluster: its certificate authority, and what listens at the addresses of its instances.

import { randomUUID } from 'node:crypto';
import type { Instance } from './instance.ts';
import type { ResolvedInstance } from './options.ts';
import type { ClusterAuthority } from './pki/cluster-authority.ts';
import { PostgresPort, type PostgresPortParts } from './postgres-port/postgres-port.ts';
import type { BreakHow } from './server-proxy/relay.ts';
import { ServerProxy, type ServerProxyParts } from './server-proxy/server-proxy.ts';

export interface ClusterParts extends Omit<ServerProxyParts & PostgresPortParts, 'instance' | 'authority'> {
  readonly authority: ClusterAuthority;
  /** Signs the server certificates of the fault `foreign-server-certificate`. */
  readonly foreignAuthority: ClusterAuthority;
  readonly serverProxyPort: number;
  readonly postgresPort: number;
}

interface Member {
  readonly instance: Instance;
  readonly proxy: ServerProxy;
  readonly postgresPort: PostgresPort;
}

export class Cluster {
  readonly #parts: ClusterParts;
  readonly #members: Member[] = [];

  constructor(parts: ClusterParts) {
    this.#parts = parts;
  }

  /** @throws EmulatorError `ADDRESS_UNAVAILABLE` */
  async addInstance(options: ResolvedInstance): Promise<Instance> {
    const { name, type, publicIp } = options;
    const proxy = new ServerProxy({ ...this.#parts, instance: name });
    const postgresPort = new PostgresPort({ ...this.#parts, instance: name });
    try {
      const own = await proxy.listen(this.#parts.serverProxyPort);
      const open = publicIp ? await proxy.listen(this.#parts.serverProxyPort) : undefined;
      const direct = await postgresPort.listen(own.address, this.#parts.postgresPort);
      const openDirect =
        open === undefined ? undefined : await postgresPort.listen(open.address, this.#parts.postgresPort);
      const instance: Instance = {
        name,
        uid: randomUUID(),
        type,
        address: own.address,
        port: own.port,
        publicAddress: open?.address,
        publicPort: open?.port,
        postgresPort: direct.port,
        publicPostgresPort: openDirect?.port,
        pscDnsName: absolute(options.pscDnsName),
        pscAutoDnsName: absolute(options.pscAutoDnsName),
        connectionPooling: options.connectionPooling,
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

  /** Replaces the authority. Open connections go on; old client certificates open no new ones. */
  async rotateCa(): Promise<void> {
    await this.#parts.authority.rotate();
    await Promise.all(this.#members.map(async (member) => this.#present(member)));
  }

  get caCertificate(): string {
    return this.#parts.authority.rootCertificate;
  }

  get instanceUris(): readonly string[] {
    return this.#members.map(({ instance }) => instance.name.uri);
  }

  /** A stopped instance refuses connections, and keeps its addresses. @throws EmulatorError `ADDRESS_UNAVAILABLE` */
  async setListening(instanceUri: string, listening: boolean): Promise<void> {
    const member = this.#members.find(({ instance }) => instance.name.uri === instanceUri);
    if (member === undefined) return;
    // The address is kept by the server-side proxy, and so it is the last to go from there and the first to come back.
    if (listening) {
      await member.proxy.resume();
      await member.postgresPort.resume();
    } else {
      await member.postgresPort.suspend();
      await member.proxy.suspend();
    }
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

/** DNS names in connectionInfo end with a dot. */
function absolute(host: string | undefined): string | undefined {
  return host === undefined || host.endsWith('.') ? host : `${host}.`;
}
