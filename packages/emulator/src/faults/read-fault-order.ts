// Reads a fault order strictly: a misspelt field must not turn a test into one of something else.

import { EmulatorError } from '../emulator-error.ts';
import type { FieldReader } from './fault-field.ts';
import { FAULT_TABLE, type Row, STAGE_FIELDS } from './fault-table.ts';
import type { Fault, FaultOrder } from './fault.ts';

/** @throws EmulatorError `INVALID_OPTION` with the field that is wrong. */
export function readFaultOrder(value: unknown): FaultOrder {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unusable('it is not an object');
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { kind, ...details } = fields;
  if (!isKind(kind)) {
    throw unusable(`unknown kind ${JSON.stringify(kind)}`, `the kinds are ${Object.keys(FAULT_TABLE).join(', ')}`);
  }
  const row: Row = FAULT_TABLE[kind];
  const needed: Fields = row.needs ?? {};
  const known: Fields = { ...needed, ...row.takes, ...STAGE_FIELDS[row.at] };
  for (const name of Object.keys(needed)) {
    if (details[name] === undefined) throw unusable(`${kind} needs the field "${name}"`);
  }
  for (const [name, detail] of Object.entries(details)) {
    const reader = Object.hasOwn(known, name) ? known[name] : undefined;
    if (reader === undefined) {
      throw unusable(`${kind} has no field "${name}"`, `its fields are ${['kind', ...Object.keys(known)].join(', ')}`);
    }
    const wanted = detail === undefined ? undefined : reader(detail);
    if (wanted !== undefined) throw unusable(`the field "${name}" of ${kind} must be ${wanted}`);
  }
  // Every field has just been checked against the table, which has one row for each member of the union.
  return fields as FaultOrder;
}

type Fields = Readonly<Record<string, FieldReader>>;

function isKind(value: unknown): value is Fault['kind'] {
  return typeof value === 'string' && Object.hasOwn(FAULT_TABLE, value);
}

function unusable(reason: string, hint?: string): EmulatorError {
  return new EmulatorError('INVALID_OPTION', `Cannot order this fault: ${reason}`, hint === undefined ? {} : { hint });
}
