// Reads the body and the mask of an instance's update: as much of it as can be changed here, which is clientConnectionConfig.

import { type ConnectionRule, isSslMode, SSL_MODES } from '../connection-rules.ts';
import { ApiError, invalidArgument } from '../http/api-error.ts';

const REQUIRE_CONNECTORS = 'clientConnectionConfig.requireConnectors';
const SSL_MODE = 'clientConnectionConfig.sslConfig.sslMode';
const CHANGEABLE = [REQUIRE_CONNECTORS, SSL_MODE] as const;

/**
 * A field that the mask names and the body lacks goes back to its default, as the mask's rules have it; without a mask, what is
 * in the body counts.
 *
 * @throws ApiError 400, or 501 for a field that the emulator does not change.
 */
export function readInstanceChange(body: unknown, query: URLSearchParams): Partial<ConnectionRule> {
  const given = flatten(body, '');
  const mask = (query.get('updateMask') ?? query.get('update_mask') ?? '').split(',').filter((path) => path !== '');
  const paths = mask.length === 0 || mask.includes('*') ? [...given.keys()] : mask.map(camelCase);
  const stranger = paths.find((path) => !CHANGEABLE.some((known) => covers(path, known)) && path !== 'name');
  if (stranger !== undefined) {
    const text = `The emulator changes nothing of an instance but ${CHANGEABLE.join(' and ')}; "${stranger}" is neither.`;
    throw new ApiError(501, text);
  }
  const touched = (field: string): boolean => paths.some((path) => covers(path, field));
  return {
    ...(touched(REQUIRE_CONNECTORS) ? { requireConnectors: readTruth(given.get(REQUIRE_CONNECTORS)) } : {}),
    ...(touched(SSL_MODE) ? { sslMode: readMode(given.get(SSL_MODE)) } : {}),
  };
}

/** `clientConnectionConfig` covers everything in it. */
function covers(path: string, field: string): boolean {
  return field === path || field.startsWith(`${path}.`);
}

function readTruth(value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw invalidArgument({ field: REQUIRE_CONNECTORS, description: 'The value must be true or false.' });
}

function readMode(value: unknown): ConnectionRule['sslMode'] {
  if (value === undefined || value === 'SSL_MODE_UNSPECIFIED') return 'ENCRYPTED_ONLY';
  if (isSslMode(value)) return value;
  throw invalidArgument({ field: SSL_MODE, description: `The value must be one of ${SSL_MODES.join(', ')}.` });
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
