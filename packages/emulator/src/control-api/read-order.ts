// Reads the orders of the control API strictly.

import { EmulatorError } from '../emulator-error.ts';
import { BREAKS, type BreakHow } from '../server-proxy/relay.ts';

export interface BreakOrder {
  /** URI. Default: all instances. */
  readonly instance?: string;
  readonly how: BreakHow;
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
