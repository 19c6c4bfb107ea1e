// Reads the orders of the control API strictly.

import { type ConnectionRule, isSslMode, SSL_MODES, type SslMode } from '../connection-rule.ts';
import { EmulatorError } from '../emulator-error.ts';
import type { ServiceStateOrder } from '../iam/iam-controls.ts';
import { INSTANCE_STATES, type InstanceState, isInstanceState } from '../instance-states.ts';
import type { InstanceOptions, InstanceType } from '../options.ts';
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

export interface ClusterOrder {
  /** `projects/P/locations/L/clusters/C` */
  readonly cluster: string;
  /** Name of the primary cluster. Default: it is a primary one itself. */
  readonly secondaryOf?: string;
}

export interface UserOrder {
  /** What PostgreSQL knows the user as; for IAM users the principal. */
  readonly name: string;
  /** Default random. */
  readonly password?: string;
  /** Default false: a user with a password. */
  readonly iam?: boolean;
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
  const mode = optionalSslMode(sslMode);
  return {
    instance,
    ...(requireConnectors === undefined ? {} : { requireConnectors: truth('requireConnectors', requireConnectors) }),
    ...(mode === undefined ? {} : { sslMode: mode }),
  };
}

function optionalSslMode(value: unknown): SslMode | undefined {
  if (value === undefined || isSslMode(value)) return value;
  throw unusable(`the field "sslMode" must be one of ${SSL_MODES.join(', ')}`);
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

/** @throws EmulatorError `INVALID_OPTION` */
export function readClusterOrder(value: unknown): ClusterOrder {
  const { cluster, secondaryOf } = readFields(value, ['cluster', 'secondaryOf']);
  const primary = optionalText('secondaryOf', secondaryOf);
  return { cluster: text('cluster', cluster), ...(primary === undefined ? {} : { secondaryOf: primary }) };
}

export const INSTANCE_TYPES: readonly InstanceType[] = ['PRIMARY', 'READ_POOL', 'SECONDARY'];
const INSTANCE_FIELDS = [
  'type',
  'publicIp',
  'pscDnsName',
  'pscAutoDnsName',
  'requireConnectors',
  'sslMode',
  'connectionPooling',
  'nodeCount',
];

/** What may be said of an instance besides its name. @throws EmulatorError `INVALID_OPTION` */
export function readInstanceDetails(value: unknown): Omit<InstanceOptions, 'uri'> {
  const fields = readFields(value, INSTANCE_FIELDS);
  const type = INSTANCE_TYPES.find((word) => word === fields['type']);
  if (fields['type'] !== undefined && type === undefined) {
    throw unusable(`the field "type" must be one of ${INSTANCE_TYPES.join(', ')}`);
  }
  const nodeCount = fields['nodeCount'];
  if (nodeCount !== undefined && !(Number.isInteger(nodeCount) && Number(nodeCount) >= 1 && Number(nodeCount) <= 20)) {
    throw unusable('the field "nodeCount" must be a whole number from 1 to 20');
  }
  for (const name of ['publicIp', 'requireConnectors', 'connectionPooling']) {
    if (fields[name] !== undefined) truth(name, fields[name]);
  }
  for (const name of ['pscDnsName', 'pscAutoDnsName']) optionalText(name, fields[name]);
  optionalSslMode(fields['sslMode']);
  // Every field has just been looked at.
  return fields;
}

/** @throws EmulatorError `INVALID_OPTION` */
export function readInstanceOrder(value: unknown): InstanceOptions {
  const { instance, ...details } = readFields(value, ['instance', ...INSTANCE_FIELDS]);
  return { uri: text('instance', instance), ...readInstanceDetails(details) };
}

/** @throws EmulatorError `INVALID_OPTION` */
export function readUserOrder(value: unknown): UserOrder {
  const { name, password, iam = false } = readFields(value, ['name', 'password', 'iam']);
  const word = optionalText('password', password);
  const order = { name: text('name', name), iam: truth('iam', iam) };
  if (order.iam && word !== undefined) throw unusable('an IAM user has no password');
  return { ...order, ...(word === undefined ? {} : { password: word }) };
}

/** An order that names one thing. @throws EmulatorError `INVALID_OPTION` */
export function readName(field: string, value: unknown): string {
  return text(field, readFields(value, [field])[field]);
}

/** @throws EmulatorError `INVALID_OPTION` */
export function readClusterDeletion(value: unknown): { readonly cluster: string; readonly force: boolean } {
  const { cluster, force = false } = readFields(value, ['cluster', 'force']);
  return { cluster: text('cluster', cluster), force: truth('force', force) };
}

function text(field: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw unusable(`the field "${field}" must be a text`);
}

function optionalText(field: string, value: unknown): string | undefined {
  return value === undefined ? undefined : text(field, value);
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
