// Reads the orders of the control API strictly.

import { type ConnectionRule, isSslMode, SSL_MODES } from '../connection-rules.ts';
import { EmulatorError } from '../emulator-error.ts';
import type { ServiceStateOrder } from '../iam/iam-controls.ts';
import { INSTANCE_STATES, type InstanceState, isInstanceState } from '../instance-states.ts';
import { isServiceName } from '../projects.ts';
import { BREAKS, type BreakHow } from '../server-proxy/relay.ts';

export interface BreakOrder {
  /** URI. Default: all instances. */
  readonly instance?: string;
  readonly how: BreakHow;
}

export interface InstanceStateOrder {
  /** URI */
  readonly instance: string;
  readonly state: InstanceState;
}

export interface ConnectionRuleOrder extends Partial<ConnectionRule> {
  /** URI */
  readonly instance: string;
}

export interface RegionOrder {
  /** Such as `us-central1`; there need not be an instance in it. */
  readonly region: string;
  /** Default true. */
  readonly unreachable?: boolean;
}

/** @throws EmulatorError `INVALID_OPTION` */
export function readInstanceState(value: unknown): InstanceStateOrder {
  const { instance, state } = readFields(value, ['instance', 'state']);
  if (typeof instance !== 'string') throw unusable('the field "instance" must be an instance URI');
  if (!isInstanceState(state)) throw unusable(`the field "state" must be one of ${INSTANCE_STATES.join(', ')}`);
  return { instance, state };
}

/** @throws EmulatorError `INVALID_OPTION` */
export function readConnectionRule(value: unknown): ConnectionRuleOrder {
  const fields = readFields(value, ['instance', 'requireConnectors', 'sslMode']);
  const { instance, requireConnectors, sslMode } = fields;
  if (typeof instance !== 'string') throw unusable('the field "instance" must be an instance URI');
  if (sslMode !== undefined && !isSslMode(sslMode)) {
    throw unusable(`the field "sslMode" must be one of ${SSL_MODES.join(', ')}`);
  }
  return {
    instance,
    ...(requireConnectors === undefined ? {} : { requireConnectors: truth('requireConnectors', requireConnectors) }),
    ...(sslMode === undefined ? {} : { sslMode }),
  };
}

/** @throws EmulatorError `INVALID_OPTION` */
export function readRegion(value: unknown): RegionOrder {
  const { region, unreachable = true } = readFields(value, ['region', 'unreachable']);
  if (typeof region !== 'string' || region === '') throw unusable('the field "region" must be the name of a region');
  return { region, unreachable: truth('unreachable', unreachable) };
}

/** @throws EmulatorError `INVALID_OPTION` */
export function readServiceState(value: unknown): ServiceStateOrder {
  const { service, state, project } = readFields(value, ['service', 'state', 'project']);
  if (typeof service !== 'string' || !isServiceName(service)) {
    throw unusable('the field "service" must be the name of a service, such as "alloydb.googleapis.com"');
  }
  if (state !== 'ENABLED' && state !== 'DISABLED') throw unusable('the field "state" must be one of ENABLED, DISABLED');
  return { service, state, ...readProject(project) };
}

/** @throws EmulatorError `INVALID_OPTION` */
export function readKeyCreation(value: unknown): { readonly disabled: boolean; readonly project?: string } {
  const { disabled = true, project } = readFields(value, ['disabled', 'project']);
  return { disabled: truth('disabled', disabled), ...readProject(project) };
}

function readProject(project: unknown): { readonly project?: string } {
  if (project === undefined) return {};
  if (typeof project !== 'string' || project === '') throw unusable('the field "project" must be the ID of a project');
  return { project };
}

function truth(field: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw unusable(`the field "${field}" must be true or false`);
}

/** Returns the name of the cluster. @throws EmulatorError `INVALID_OPTION` */
export function readRotation(value: unknown): string {
  const { cluster } = readFields(value, ['cluster']);
  if (typeof cluster !== 'string') throw unusable('the field "cluster" must be the name of a cluster');
  return cluster;
}

/** @throws EmulatorError `INVALID_OPTION` */
export function readBreakOrder(value: unknown): BreakOrder {
  const { instance, how } = readFields(value, ['instance', 'how']);
  const known = BREAKS.find((word) => word === how);
  if (known === undefined) throw unusable(`the field "how" must be one of ${BREAKS.join(', ')}`);
  if (instance === undefined) return { how: known };
  if (typeof instance !== 'string') throw unusable('the field "instance" must be an instance URI');
  return { instance, how: known };
}

function readFields(value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unusable('it is not an object');
  const stranger = Object.keys(value).find((name) => !known.includes(name));
  if (stranger !== undefined) throw unusable(`there is no field "${stranger}"`);
  return { ...value };
}

function unusable(reason: string): EmulatorError {
  return new EmulatorError('INVALID_OPTION', `Cannot use this order: ${reason}`);
}
