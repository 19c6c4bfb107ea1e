// The clusters and instances that there are now: what makes, moves and removes them.

import type { Clock } from './clock.ts';
import { Cluster, type ClusterParts, type FormerInstance, type Standing } from './cluster.ts';
import { EmulatorError } from './emulator-error.ts';
import type { Instance } from './instance.ts';
import type { InstanceState, InstanceStates } from './instance-states.ts';
import type { ResolvedInstance } from './options.ts';
import { ClusterAuthority } from './pki/cluster-authority.ts';
import type { Projects } from './projects.ts';
import { clusterNameOf, parseClusterName } from './resource-name.ts';

export interface FleetParts extends Omit<ClusterParts, 'name' | 'uid' | 'standing' | 'authority'> {
  readonly clock: Clock;
  readonly projects: Projects;
  readonly states: InstanceStates;
}

/** What is still to be done, once nothing speaks against it: whoever asks hears at once when something does. */
export type Work<T = void> = () => Promise<T>;

export interface NewCluster {
  /** `projects/P/locations/L/clusters/C` */
  readonly name: string;
  /** Default: a primary one. */
  readonly standing?: Standing;
  /** These two are given by what was kept. */
  readonly uid?: string;
  readonly authority?: ClusterAuthority;
}

export class Fleet {
  readonly #parts: FleetParts;
  readonly #clusters = new Map<string, Cluster>();
  /** Never rejected. */
  #latest: Promise<unknown> = Promise.resolve();

  constructor(parts: FleetParts) {
    this.#parts = parts;
  }

  get clusters(): readonly Cluster[] {
    return [...this.#clusters.values()];
  }

  get instances(): readonly Instance[] {
    return this.clusters.flatMap(({ instances }) => instances);
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` */
  cluster(name: string): Cluster {
    const cluster = this.#clusters.get(name);
    if (cluster !== undefined) return cluster;
    throw new EmulatorError('UNKNOWN_INSTANCE', `Cannot use cluster "${name}": there is no such cluster`, {
      hint: `there are ${[...this.#clusters.keys()].join(', ')}`,
    });
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` */
  instance(uri: string): Instance {
    const instance = this.instances.find(({ name }) => name.uri === uri);
    if (instance !== undefined) return instance;
    throw new EmulatorError('UNKNOWN_INSTANCE', `Cannot use instance "${uri}": the emulator does not serve it`, {
      hint: `it serves ${this.instances.map(({ name }) => name.uri).join(', ')}`,
    });
  }

  /** @throws EmulatorError `INVALID_OPTION`, `ALREADY_EXISTS` or `UNKNOWN_INSTANCE` */
  createCluster(wanted: NewCluster): Work<Cluster> {
    const { standing = { is: 'PRIMARY' }, ...known } = wanted;
    const name = parseClusterName(wanted.name);
    if (this.#clusters.has(wanted.name)) throw exists('cluster', wanted.name);
    if (standing.is === 'SECONDARY' && standing.of !== undefined && known.uid === undefined) {
      if (this.cluster(standing.of).standing.is === 'SECONDARY') {
        throw impossible(`Cannot create "${wanted.name}": "${standing.of}" is a secondary cluster itself`);
      }
    }
    return this.#inTurn(async () => {
      if (this.#clusters.has(wanted.name)) throw exists('cluster', wanted.name);
      const authority = known.authority ?? (await ClusterAuthority.create(this.#parts.clock));
      const cluster = new Cluster({ ...this.#parts, ...known, name, standing, authority });
      this.#parts.projects.mention(name.project);
      this.#clusters.set(wanted.name, cluster);
      return cluster;
    });
  }

  /** @throws EmulatorError `ALREADY_EXISTS` or `UNKNOWN_INSTANCE`, and then `ADDRESS_UNAVAILABLE` */
  createInstance(options: ResolvedInstance, former?: FormerInstance): Work<Instance> {
    const { clusterName, uri } = options.name;
    const cluster = this.cluster(clusterName);
    const check = (): void => {
      if (cluster.instances.some(({ name }) => name.uri === uri)) throw exists('instance', uri);
    };
    check();
    return this.#inTurn(async () => {
      check();
      return cluster.addInstance(options, former);
    });
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` */
  deleteInstance(uri: string): Work {
    this.instance(uri);
    return this.#inTurn(async () => this.#remove(uri));
  }

  /** Its instances go with it when `force` says so. @throws EmulatorError `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  deleteCluster(name: string, force: boolean): Work {
    const cluster = this.cluster(name);
    if (cluster.instances.length > 0 && !force) {
      throw impossible(`Cannot delete cluster "${name}": it has instances`, 'delete them first, or use force');
    }
    const follower = this.#followersOf(name)[0];
    if (follower !== undefined) {
      throw impossible(
        `Cannot delete cluster "${name}": "${follower.name.clusterName}" follows it`,
        'delete or promote that one first',
      );
    }
    return this.#inTurn(async () => {
      for (const { name: instance } of cluster.instances) await this.#remove(instance.uri);
      this.#clusters.delete(name);
    });
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  failOver(uri: string): Work {
    if (this.instance(uri).type === 'READ_POOL') {
      throw impossible(`Cannot fail over "${uri}": a read pool has no standby`, 'name the primary instance');
    }
    this.#checkServing(uri, 'fail over');
    return this.#inTurn(async () => this.cluster(clusterNameOf(uri)).failOver(uri));
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  restart(uri: string): Work {
    this.instance(uri);
    this.#checkServing(uri, 'restart');
    return this.#inTurn(async () => this.cluster(clusterNameOf(uri)).restart(uri));
  }

  /** The secondary cluster and its primary exchange their parts. @throws EmulatorError `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  switchOver(name: string): Work {
    const { standing } = this.cluster(name);
    if (standing.is === 'PRIMARY') {
      throw impossible(`Cannot switch over to "${name}": it is the primary cluster`, 'name the secondary cluster');
    }
    if (standing.of === undefined) throw impossible(`Cannot switch over to "${name}": its primary is not served here`);
    const former = this.cluster(standing.of);
    return this.#inTurn(async () => {
      const others = this.#followersOf(former.name.clusterName).filter((one) => one.name.clusterName !== name);
      // Nobody takes writes for a moment; two that do would be worse.
      await former.become({ is: 'SECONDARY', of: name });
      await this.cluster(name).become({ is: 'PRIMARY' });
      for (const other of others) await other.become({ is: 'SECONDARY', of: name });
    });
  }

  /** The secondary cluster goes its own way. @throws EmulatorError `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  promote(name: string): Work {
    const cluster = this.cluster(name);
    if (cluster.standing.is === 'PRIMARY')
      throw impossible(`Cannot promote "${name}": it is a primary cluster already`);
    return this.#inTurn(async () => cluster.become({ is: 'PRIMARY' }));
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE`, and then `ADDRESS_UNAVAILABLE` */
  setState(uri: string, state: InstanceState): Work {
    this.instance(uri);
    return this.#inTurn(async () => {
      await this.cluster(clusterNameOf(uri)).setListening(uri, state !== 'STOPPED');
      this.#parts.states.set(uri, state);
    });
  }

  /** What is to be there again after a restart. */
  snapshot() {
    return this.clusters.map(({ name, uid, standing, authority, instances }) => ({
      name: name.clusterName,
      uid,
      standing,
      authority: authority.snapshot(),
      instances: instances.map((instance) => ({ ...instance, state: this.#parts.states.of(instance.name.uri) })),
    }));
  }

  /** Each instance at the address that it had, where that is free. @throws EmulatorError `ADDRESS_UNAVAILABLE` */
  async restore(saved: ReturnType<Fleet['snapshot']>): Promise<void> {
    const { clock } = this.#parts;
    for (const { name, uid, standing, authority, instances } of saved) {
      const restored = await ClusterAuthority.restore(authority, clock);
      await this.createCluster({ name, uid, standing, authority: restored })();
      for (const { state, ...instance } of instances) {
        await this.createInstance({ ...instance, publicIp: instance.publicAddress !== undefined }, instance)();
        if (state !== 'READY') await this.setState(instance.name.uri, state)();
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.clusters.map(async (cluster) => cluster.close()));
  }

  /** One after the other: an instance that is stopped while it fails over must not listen again at the end. */
  #inTurn<T>(work: Work<T>): Work<T> {
    return async () => {
      const done = this.#latest.then(work);
      this.#latest = done.catch(() => {});
      return done;
    };
  }

  async #remove(uri: string): Promise<void> {
    await this.cluster(clusterNameOf(uri)).removeInstance(uri);
    // One that is made again under this name is another.
    this.#parts.states.set(uri, 'READY');
  }

  #followersOf(name: string): readonly Cluster[] {
    return this.clusters.filter(({ standing }) => standing.is === 'SECONDARY' && standing.of === name);
  }

  #checkServing(uri: string, action: string): void {
    if (this.#parts.states.of(uri) !== 'STOPPED') return;
    throw impossible(`Cannot ${action} "${uri}": the instance is stopped`, 'start it first');
  }
}

function exists(what: string, name: string): EmulatorError {
  return new EmulatorError('ALREADY_EXISTS', `Cannot create ${what} "${name}": it exists`);
}

function impossible(message: string, hint?: string): EmulatorError {
  return new EmulatorError('NOT_POSSIBLE', message, hint === undefined ? {} : { hint });
}
