// What can be done to a running emulator from outside, in its own process or through the control API.

import type { Cluster } from '../cluster.ts';
import { type ConnectionRules, isSslMode, SSL_MODES } from '../connection-rules.ts';
import { EmulatorError } from '../emulator-error.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { FaultOrder } from '../faults/fault.ts';
import { readFaultOrder } from '../faults/read-fault-order.ts';
import type { IamControls } from '../iam/iam-controls.ts';
import { INSTANCE_STATES, isInstanceState, type InstanceStates } from '../instance-states.ts';
import type { Statistics, StatisticsCounter } from '../statistics.ts';
import type { BreakOrder, ConnectionRuleOrder, InstanceStateOrder, RegionOrder } from './read-order.ts';

export interface ControlsParts {
  /** By cluster name. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly faults: FaultPlan;
  readonly statistics: StatisticsCounter;
  readonly states: InstanceStates;
  readonly rules: ConnectionRules;
  readonly iam: IamControls;
}

export class Controls {
  readonly #parts: ControlsParts;

  constructor(parts: ControlsParts) {
    this.#parts = parts;
  }

  /** All of them or, when one cannot be used, none. @throws EmulatorError `INVALID_OPTION` or `UNKNOWN_INSTANCE` */
  addFaults(orders: readonly unknown[]): void {
    const read = orders.map(readFaultOrder);
    for (const order of read) {
      if ('instance' in order && order.instance !== undefined) this.#checkInstance(order.instance);
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
    await this.#clusterOf(clusterOrInstance, 'Cannot rotate the authority').rotateCa();
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` */
  caCertificate(clusterOrInstance: string): string {
    return this.#clusterOf(clusterOrInstance, 'Cannot give the certificate').caCertificate;
  }

  /** Returns how many sessions it hit. @throws EmulatorError `UNKNOWN_INSTANCE` */
  breakConnections({ instance, how }: BreakOrder): number {
    if (instance !== undefined) this.#checkInstance(instance);
    let broken = 0;
    for (const cluster of this.#parts.clusters.values()) broken += cluster.breakConnections(how, instance);
    return broken;
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE`, `INVALID_OPTION` or `ADDRESS_UNAVAILABLE` */
  async setInstanceState({ instance, state }: InstanceStateOrder): Promise<void> {
    this.#checkInstance(instance);
    if (!isInstanceState(state)) {
      throw new EmulatorError('INVALID_OPTION', `Cannot use "${String(state)}" as the state of an instance`, {
        hint: `the states are ${INSTANCE_STATES.join(', ')}`,
      });
    }
    const cluster = this.#parts.clusters.get(instance.replace(/\/instances\/[^/]+$/, ''));
    await cluster?.setListening(instance, state !== 'STOPPED');
    this.#parts.states.set(instance, state);
  }

  /** @throws EmulatorError `UNKNOWN_INSTANCE` or `INVALID_OPTION` */
  setConnectionRule({ instance, ...change }: ConnectionRuleOrder): void {
    this.#checkInstance(instance);
    if (change.sslMode !== undefined && !isSslMode(change.sslMode)) {
      throw new EmulatorError(
        'INVALID_OPTION',
        `Cannot use "${String(change.sslMode)}" as the SSL mode of an instance`,
        {
          hint: `the modes are ${SSL_MODES.join(', ')}`,
        },
      );
    }
    this.#parts.rules.change(instance, change);
  }

  setRegionUnreachable({ region, unreachable }: RegionOrder): void {
    this.#parts.states.setUnreachable(region, unreachable ?? true);
  }

  get iam(): IamControls {
    return this.#parts.iam;
  }

  statistics(): Statistics {
    return this.#parts.statistics.snapshot(this.#instances());
  }

  #instances(): readonly string[] {
    return [...this.#parts.clusters.values()].flatMap((cluster) => cluster.instanceUris);
  }

  #clusterOf(clusterOrInstance: string, subject: string): Cluster {
    const cluster = this.#parts.clusters.get(clusterOrInstance.replace(/\/instances\/[^/]+$/, ''));
    if (cluster !== undefined) return cluster;
    throw new EmulatorError('UNKNOWN_INSTANCE', `${subject} of "${clusterOrInstance}": no such cluster`);
  }

  #checkInstance(uri: string): void {
    const known = this.#instances();
    if (known.includes(uri)) return;
    throw new EmulatorError('UNKNOWN_INSTANCE', `Cannot use instance "${uri}": the emulator does not serve it`, {
      hint: `it serves ${known.join(', ')}`,
    });
  }
}
