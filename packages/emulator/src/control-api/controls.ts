// What can be done to a running emulator from outside, in its own process or through the control API.

import { isSslMode, SSL_MODES } from '../connection-rule.ts';
import { EmulatorError } from '../emulator-error.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { FaultOrder } from '../faults/fault.ts';
import { readFaultOrder } from '../faults/read-fault-order.ts';
import type { Fleet, Work } from '../fleet.ts';
import type { IamControls } from '../iam/iam-controls.ts';
import type { Instance } from '../instance.ts';
import { INSTANCE_STATES, isInstanceState, type InstanceStates } from '../instance-states.ts';
import { type InstanceOptions, resolveInstance } from '../options.ts';
import type { DatabaseUsers } from '../postgres/database-users.ts';
import { clusterNameOf } from '../resource-name.ts';
import type { Statistics, StatisticsCounter } from '../statistics.ts';
import type { BreakOrder, ClusterOrder, ConnectionRuleOrder, InstanceStateOrder, RegionOrder } from './read-order.ts';

export interface ControlsParts {
  readonly fleet: Fleet;
  readonly users: DatabaseUsers;
  readonly faults: FaultPlan;
  readonly statistics: StatisticsCounter;
  readonly states: InstanceStates;
  readonly iam: IamControls;
  /** Called when something that is kept has changed. */
  readonly changed: () => void;
  /** Ends the process in order; undefined where that is not the emulator's to do. */
  readonly stop: (() => void) | undefined;
}

export class Controls {
  readonly #parts: ControlsParts;

  constructor(parts: ControlsParts) {
    this.#parts = parts;
  }

  /** Returns what ends the process, for when the one who asked has been answered. @throws EmulatorError `NOT_POSSIBLE` */
  stopper(): () => void {
    const { stop } = this.#parts;
    if (stop === undefined) {
      throw new EmulatorError('NOT_POSSIBLE', 'Cannot stop the emulator: it is part of another program', {
        hint: 'end that program',
      });
    }
    return stop;
  }

  /** All of them or, when one cannot be used, none. @throws EmulatorError `INVALID_OPTION` or `UNKNOWN_INSTANCE` */
  addFaults(orders: readonly unknown[]): void {
    const read = orders.map(readFaultOrder);
    for (const order of read) {
      if ('instance' in order && order.instance !== undefined) this.#parts.fleet.instance(order.instance);
    }
    for (const order of read) this.#parts.faults.add(order);
  }

  pendingFaults(): readonly FaultOrder[] {
    return this.#parts.faults.pending();
  }

  clearFaults(): void {
    this.#parts.faults.clear();
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` */
  async rotateCa(clusterOrInstance: string): Promise<void> {
    const cluster = this.#parts.fleet.cluster(clusterNameOf(clusterOrInstance));
    await this.#run(async () => cluster.rotateCa());
  }

  /** @throws EmulatorError `INVALID_OPTION`, `ALREADY_EXISTS`, `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  async createCluster({ cluster, secondaryOf }: ClusterOrder): Promise<void> {
    const standing = secondaryOf === undefined ? {} : { standing: { is: 'SECONDARY', of: secondaryOf } as const };
    await this.#run(this.#parts.fleet.createCluster({ name: cluster, ...standing }));
  }

  /**
   * One that says no type is of the kind that its cluster is of.
   *
   * @throws EmulatorError `INVALID_OPTION`, `ALREADY_EXISTS`, `UNKNOWN_INSTANCE` or `ADDRESS_UNAVAILABLE`
   */
  async createInstance(options: InstanceOptions): Promise<Instance> {
    const { standing } = this.#parts.fleet.cluster(clusterNameOf(options.uri));
    return this.#run(this.#parts.fleet.createInstance(resolveInstance({ type: standing.is, ...options })));
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` */
  async deleteInstance(uri: string): Promise<void> {
    await this.#run(this.#parts.fleet.deleteInstance(uri));
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  async deleteCluster(name: string, options: { readonly force?: boolean } = {}): Promise<void> {
    await this.#run(this.#parts.fleet.deleteCluster(name, options.force ?? false));
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  async failOver(instance: string): Promise<void> {
    await this.#run(this.#parts.fleet.failOver(instance));
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  async restartInstance(instance: string): Promise<void> {
    await this.#run(this.#parts.fleet.restart(instance));
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  async switchOver(secondaryCluster: string): Promise<void> {
    await this.#run(this.#parts.fleet.switchOver(secondaryCluster));
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` or `NOT_POSSIBLE` */
  async promote(secondaryCluster: string): Promise<void> {
    await this.#run(this.#parts.fleet.promote(secondaryCluster));
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` */
  caCertificate(clusterOrInstance: string): string {
    return this.#parts.fleet.cluster(clusterNameOf(clusterOrInstance)).authority.rootCertificate;
  }

  /** Returns how many sessions it hit. @throws EmulatorError `UNKNOWN_INSTANCE` */
  breakConnections({ instance, how }: BreakOrder): number {
    const { fleet } = this.#parts;
    if (instance !== undefined) fleet.instance(instance);
    return fleet.clusters.reduce((sum, cluster) => sum + cluster.breakConnections(how, instance), 0);
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE`, `INVALID_OPTION` or `ADDRESS_UNAVAILABLE` */
  async setInstanceState({ instance, state }: InstanceStateOrder): Promise<void> {
    this.#parts.fleet.instance(instance);
    if (!isInstanceState(state)) {
      throw new EmulatorError('INVALID_OPTION', `Cannot use "${String(state)}" as the state of an instance`, {
        hint: `the states are ${INSTANCE_STATES.join(', ')}`,
      });
    }
    await this.#run(this.#parts.fleet.setState(instance, state));
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` or `INVALID_OPTION` */
  setConnectionRule({ instance, ...change }: ConnectionRuleOrder): void {
    this.#parts.fleet.instance(instance);
    if (change.sslMode !== undefined && !isSslMode(change.sslMode)) {
      const told = String(change.sslMode);
      throw new EmulatorError('INVALID_OPTION', `Cannot use "${told}" as the SSL mode of an instance`, {
        hint: `the modes are ${SSL_MODES.join(', ')}`,
      });
    }
    this.#parts.fleet.cluster(clusterNameOf(instance)).change(instance, change);
    this.#parts.changed();
  }

  setRegionUnreachable({ region, unreachable }: RegionOrder): void {
    this.#parts.states.setUnreachable(region, unreachable ?? true);
  }

  get iam(): IamControls {
    return this.#parts.iam;
  }

  get users(): DatabaseUsers {
    return this.#parts.users;
  }

  statistics(): Statistics {
    return this.#parts.statistics.snapshot(this.#parts.fleet.instances.map(({ name }) => name.uri));
  }

  async #run<T>(work: Work<T>): Promise<T> {
    const value = await work();
    this.#parts.changed();
    return value;
  }

  /** What there is now, in short. */
  status(): Status {
    const { fleet, states, users, faults } = this.#parts;
    const { connections } = this.statistics();
    return {
      clusters: fleet.clusters.map(({ name, standing, instances }) => ({
        cluster: name.clusterName,
        type: standing.is,
        ...(standing.is === 'SECONDARY' && standing.of !== undefined ? { secondaryOf: standing.of } : {}),
        instances: instances.map((instance) => ({
          instance: instance.name.uri,
          type: instance.type,
          state: states.of(instance.name.uri),
          address: `${instance.address}:${instance.port}`,
          ...(instance.publicAddress === undefined
            ? {}
            : { publicAddress: `${instance.publicAddress}:${instance.publicPort}` }),
          postgresAddress: `${instance.address}:${instance.postgresPort}`,
          requireConnectors: instance.requireConnectors,
          sslMode: instance.sslMode,
          node: instance.node + 1,
          openConnections: connections[instance.name.uri]?.open ?? 0,
        })),
      })),
      users: users.list(),
      pendingFaults: faults.pending().length,
      pid: process.pid,
    };
  }
}

export interface InstanceStatus {
  readonly instance: string;
  readonly type: string;
  readonly state: string;
  /** `HOST:PORT` */
  readonly address: string;
  readonly publicAddress?: string;
  /** The same of its own PostgreSQL port, for clients without a proxy. */
  readonly postgresAddress: string;
  readonly requireConnectors: boolean;
  readonly sslMode: string;
  /** Counts the nodes: 1, and one more with each failover. */
  readonly node: number;
  readonly openConnections: number;
}

export interface Status {
  readonly clusters: readonly {
    readonly cluster: string;
    readonly type: string;
    readonly secondaryOf?: string;
    readonly instances: readonly InstanceStatus[];
  }[];
  readonly users: readonly { readonly name: string; readonly type: string }[];
  readonly pendingFaults: number;
  readonly pid: number;
}
