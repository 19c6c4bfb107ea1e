// Reads the body of generateClientCertificate.

import { readClientPublicKey } from '../pki/client-public-key.ts';
import { invalidArgument } from '../http/api-error.ts';

export interface CertificateRequest {
  readonly spki: Uint8Array<ArrayBuffer>;
  readonly lifeMs: number;
  readonly useMetadataExchange: boolean;
}

const HOUR_MS = 3_600_000;
const FIELDS = ['parent', 'certDuration', 'publicKey', 'useMetadataExchange', 'requestId'] as const;
type Field = (typeof FIELDS)[number];

/** @throws ApiError 400 with the field that is wrong. */
export function readCertificateRequest(body: unknown, cluster: string): CertificateRequest {
  const fields = knownFields(body);
  const parent = fields.parent;
  if (parent !== undefined && parent !== cluster)
    throw violation('parent', 'The parent is not the cluster of the path.');
  const { requestId, useMetadataExchange = false, publicKey } = fields;
  if (
    requestId !== undefined &&
    !(typeof requestId === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(requestId))
  ) {
    throw violation('requestId', 'The request ID must be a UUID.');
  }
  if (typeof useMetadataExchange !== 'boolean')
    throw violation('useMetadataExchange', 'The value must be true or false.');
  if (typeof publicKey !== 'string' || publicKey === '') throw violation('publicKey', 'The public key is missing.');
  const key = readClientPublicKey(publicKey);
  if (key.is === 'refused') throw violation('publicKey', key.reason);
  return { spki: key.spki, lifeMs: readDuration(fields.certDuration), useMetadataExchange };
}

/** Like Google's JSON parser: names in camelCase or snake_case, and no others. */
function knownFields(body: unknown): Readonly<Partial<Record<Field, unknown>>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw violation('', 'Invalid JSON payload received. The root must be an object.');
  }
  const fields: Partial<Record<Field, unknown>> = {};
  for (const [name, value] of Object.entries(body)) {
    const camelCase = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const field = FIELDS.find((known) => known === camelCase);
    if (field === undefined)
      throw violation('', `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`);
    if (value !== null) fields[field] = value;
  }
  return fields;
}

/** A duration in JSON is a number of seconds with an "s"; 1 h to 24 h are allowed. What is given by default is unverified. */
function readDuration(value: unknown): number {
  if (value === undefined) return HOUR_MS;
  const seconds = typeof value === 'string' ? /^(\d+(?:\.\d{1,9})?)s$/.exec(value)?.[1] : undefined;
  if (seconds === undefined)
    throw violation('certDuration', 'The duration must be seconds ending in "s", such as "3600s".');
  const ms = Number(seconds) * 1000;
  if (ms >= HOUR_MS && ms <= 24 * HOUR_MS) return ms;
  throw violation('certDuration', 'The duration must be between 3600s and 86400s.');
}

function violation(field: string, description: string): Error {
  return invalidArgument({ field, description });
}
