// Policies as they are written in getIamPolicy and setIamPolicy, with the rules of their versions.

import { createHash } from 'node:crypto';
import { type ApiError, invalidArgument } from '../http/api-error.ts';
import type { Condition } from './condition.ts';
import { faultOfMember } from './member.ts';
import type { Binding, ResourcePolicy } from './resource-policy.ts';
import { fieldsOf } from './rest-service.ts';
import { isGrantable } from './roles.ts';

export interface PolicyDocument {
  readonly version: number;
  readonly etag: string | undefined;
  readonly bindings: readonly Binding[];
}

/** Conditions came with version 3; there is no version 2. */
const CONDITIONS_VERSION = 3;

/**
 * What a caller gets who asks for this version. Whoever does not ask for conditions sees their bindings under a role that
 * does not exist, so that they can neither be taken for unconditional ones nor be written back.
 */
export function writtenPolicy(policy: ResourcePolicy, version: number): Readonly<Record<string, unknown>> {
  const { etag, hasConditions, bindings } = policy;
  if (!hasConditions || version === CONDITIONS_VERSION) {
    return { version: hasConditions ? CONDITIONS_VERSION : 1, etag, bindings };
  }
  return { version: 1, etag, bindings: bindings.map(withoutCondition) };
}

function withoutCondition({ role, members, condition }: Binding): Binding {
  if (condition === undefined) return { role, members };
  const hash = createHash('sha256').update(JSON.stringify(condition)).digest('hex').slice(0, 20);
  return { role: `${role}_withcond_${hash}`, members };
}

/** @throws ApiError 400 */
export function readVersion(value: unknown): number {
  const version = value ?? 0;
  const number = typeof version === 'string' && version !== '' ? Number(version) : version;
  if (number === 0 || number === 1 || number === CONDITIONS_VERSION) return number;
  throw wrong('policy.version', `Invalid policy version (${JSON.stringify(value)}): it must be 0, 1 or 3.`);
}

/** @throws ApiError 400 in Google's words where they are known. */
export function readPolicy(value: unknown, accountExists: (email: string) => boolean): PolicyDocument {
  const fields = fieldsOf(value);
  const version = readVersion(fields.version);
  const { etag, bindings = [] } = fields;
  if (etag !== undefined && typeof etag !== 'string') throw wrong('policy.etag', 'The etag must be a text.');
  if (!Array.isArray(bindings)) throw wrong('policy.bindings', 'The bindings must be a list.');
  const read = bindings.map((binding) => readBinding(fieldsOf(binding), accountExists));
  if (version !== CONDITIONS_VERSION && read.some(({ condition }) => condition !== undefined)) {
    throw wrong('policy.version', `A policy with conditional role bindings must have version 3, not ${version}.`);
  }
  return { version, etag: etag === '' ? undefined : etag, bindings: read };
}

function readBinding(
  { role, members = [], condition }: Readonly<Record<string, unknown>>,
  accountExists: (email: string) => boolean,
): Binding {
  if (typeof role !== 'string' || !isGrantable(role)) {
    throw wrong('policy.bindings.role', `Role ${String(role)} is not supported for this resource.`);
  }
  if (!isTexts(members)) throw wrong('policy.bindings.members', 'The members must be a list of texts.');
  const fault = members.map((member) => faultOfMember(member, accountExists)).find((text) => text !== undefined);
  if (fault !== undefined) throw wrong('policy.bindings.members', fault);
  if (condition === undefined || condition === null) return { role, members };
  return { role, members, condition: readCondition(fieldsOf(condition)) };
}

function readCondition({ expression, title, description }: Readonly<Record<string, unknown>>): Condition {
  if (typeof expression !== 'string' || expression === '') {
    throw wrong('policy.bindings.condition', 'The condition must have an expression.');
  }
  if (typeof title !== 'string' || title === '') {
    throw wrong('policy.bindings.condition', 'The condition must have a title.');
  }
  return { expression, title, ...(typeof description === 'string' ? { description } : {}) };
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function wrong(field: string, description: string): ApiError {
  return invalidArgument({ field, description });
}
