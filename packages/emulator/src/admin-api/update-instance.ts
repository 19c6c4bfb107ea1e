// The update of an instance: as much of it as can be changed here, read by body and mask, and ordered as an operation.

import type { InstanceChange } from '../cluster.ts';
import { isSslMode, SSL_MODES, type SslMode } from '../connection-rule.ts';
import { ApiError, invalidArgument } from '../http/api-error.ts';
import { fieldsOf } from '../iam/rest-service.ts';
import type { InstanceState } from '../instance-states.ts';
import { clusterNameOf } from '../resource-name.ts';
import { instanceView } from './instance-view.ts';
import { begin, type BegunCall, type ManagingParts } from './managing-call.ts';

export interface InstanceUpdate extends InstanceChange {
  /** What the activation policy makes of it. */
  readonly state?: InstanceState;
}

export interface UpdateCall extends Omit<BegunCall, 'body'> {
  readonly body: unknown;
}

type Reader = (value: unknown, field: string) => InstanceUpdate;

/** By path, each with what its value, or the lack of one, makes of the instance. */
const FIELDS: Readonly<Record<string, Reader>> = {
  'clientConnectionConfig.requireConnectors': (value, field) => ({ requireConnectors: readTruth(value, field) }),
  'clientConnectionConfig.sslConfig.sslMode': (value, field) => ({ sslMode: readMode(value, field) }),
  'connectionPoolConfig.enabled': (value, field) => ({ connectionPooling: readTruth(value, field) }),
  'readPoolConfig.nodeCount': (value, field) => ({ nodeCount: readNodeCount(value, field) }),
  activationPolicy: (value, field) => ({ state: readPolicy(value, field) }),
};

/** @throws ApiError, or EmulatorError `UNKNOWN_INSTANCE` */
export function updateInstance(call: UpdateCall, parts: ManagingParts): unknown {
  const { fleet, states } = parts;
  const uri = call.resource;
  fleet.instance(uri);
  const { state, ...change } = readInstanceUpdate(call.body, call.query);
  const restate = state === undefined ? async () => {} : fleet.setState(uri, state);
  const work = async (): Promise<void> => {
    fleet.cluster(clusterNameOf(uri)).change(uri, change);
    await restate();
  };
  const response = () => ({ kind: 'Instance' as const, view: instanceView(fleet.instance(uri), states.of(uri)) });
  return begin({ ...call, body: fieldsOf(call.body) }, parts, { verb: 'update', work, response });
}

/**
 * A field that the mask names and the body lacks goes back to its default, as the mask's rules have it; without a mask, what is
 * in the body counts.
 *
 * @throws ApiError 400, or 501 for a field that the emulator does not change.
 */
function readInstanceUpdate(body: unknown, query: URLSearchParams): InstanceUpdate {
  const given = flatten(body, '');
  const masked = (query.get('updateMask') ?? query.get('update_mask') ?? '').split(',').map((path) => path.trim());
  const mask = masked.filter((path) => path !== '').map(camelCase);
  const paths = mask.length === 0 || mask.includes('*') ? [...given.keys()] : mask;
  const known = Object.keys(FIELDS);
  const stranger = paths.find((path) => !known.some((field) => covers(path, field)) && path !== 'name');
  if (stranger !== undefined) {
    throw new ApiError(501, `The emulator changes nothing of an instance but ${known.join(', ')}; not "${stranger}".`);
  }
  return readFields(
    known.filter((field) => paths.some((path) => covers(path, field))),
    given,
  );
}

/** What a new instance's body says of the fields that can be changed later. @throws ApiError 400 */
export function readChangeable(body: unknown): InstanceChange {
  const given = flatten(body, '');
  const { state: _, ...change } = readFields(
    Object.keys(FIELDS).filter((field) => given.has(field)),
    given,
  );
  return change;
}

function readFields(fields: readonly string[], given: ReadonlyMap<string, unknown>): InstanceUpdate {
  return fields.reduce((update, field) => ({ ...update, ...FIELDS[field]?.(given.get(field), field) }), {});
}

/** `clientConnectionConfig` covers everything in it. */
function covers(path: string, field: string): boolean {
  return field === path || field.startsWith(`${path}.`);
}

function readTruth(value: unknown, field: string): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw invalidArgument({ field, description: 'The value must be true or false.' });
}

function readMode(value: unknown, field: string): SslMode {
  if (value === undefined || value === 'SSL_MODE_UNSPECIFIED') return 'ENCRYPTED_ONLY';
  if (isSslMode(value)) return value;
  throw invalidArgument({ field, description: `The value must be one of ${SSL_MODES.join(', ')}.` });
}

function readNodeCount(value: unknown, field: string): number {
  if (value === undefined) return 1;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 20) return value;
  throw invalidArgument({ field, description: 'The value must be a whole number from 1 to 20.' });
}

/** An instance is stopped by the policy NEVER, and started by ALWAYS. */
function readPolicy(value: unknown, field: string): InstanceState {
  if (value === 'NEVER') return 'STOPPED';
  if (value === 'ALWAYS') return 'READY';
  throw invalidArgument({ field, description: 'The value must be ALWAYS or NEVER.' });
}

/** The leaves of a JSON object by their paths. Google's parser takes names in camelCase and in snake_case. */
function flatten(value: unknown, prefix: string): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (prefix !== '') return new Map([[prefix, value]]);
    throw invalidArgument({ field: '', description: 'Invalid JSON payload received. The root must be an object.' });
  }
  const leaves = new Map<string, unknown>();
  for (const [name, inner] of Object.entries(value)) {
    const path = prefix === '' ? camelCase(name) : `${prefix}.${camelCase(name)}`;
    for (const [leaf, leafValue] of flatten(inner, path)) leaves.set(leaf, leafValue);
  }
  return leaves;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
