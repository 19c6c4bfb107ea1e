// The kinds of value that a setting can have: how each is read from text, whatever the text came from.

import { parseAllowedTargets } from '../../config/allowed-targets.ts';
import { parseBoolean } from './boolean.ts';
import { parseDuration } from './duration.ts';
import { parseFileMode } from './file-mode.ts';
import { parseHost } from './host.ts';
import { parseNameServer } from './name-server.ts';
import { parseBaseUrl } from './url.ts';
import { parseWholeNumber } from './whole-number.ts';

/** What a setting of each kind holds once it is read. */
export interface KindValues {
  string: string;
  path: string;
  boolean: boolean;
  /** A TCP port; 0 lets the system choose. */
  port: number;
  /** A count. */
  unsigned: number;
  /** A count of one or more. */
  positive: number;
  /** One of the words that its row names. */
  choice: string;
  /** Milliseconds. */
  duration: number;
  /** Parts separated by commas; a repeated flag adds to them. */
  list: readonly string[];
  host: string;
  /** Permission bits of a file. */
  mode: number;
  /** A base URL without a trailing slash. */
  url: string;
  /** `projects/P` or `projects/P/locations/R/clusters/C`. */
  'project-or-cluster': string;
  /** As node:dns takes it: an IP address, perhaps with a port. */
  'name-server': string;
}

export type KindName = keyof KindValues;

export interface ValueKind<Value> {
  /** Completes "expected …" in an error message. */
  readonly expected: string;
  readonly example: string;
  /** Undefined when the text is no value of this kind. */
  parse(text: string): Value | undefined;
}

export const KINDS: { readonly [Kind in KindName]: ValueKind<KindValues[Kind]> } = {
  string: { expected: 'a value that is not empty', example: 'VALUE', parse: parseString },
  path: { expected: 'a path', example: '/path/to/it', parse: parsePath },
  boolean: { expected: 'true or false', example: 'true', parse: parseBoolean },
  port: {
    expected: 'a port number from 0 to 65535',
    example: '5433',
    parse: (text) => parseWholeNumber(text, 65_535),
  },
  unsigned: {
    expected: 'a whole number, 0 or more',
    example: '100',
    parse: (text) => parseWholeNumber(text, Number.MAX_SAFE_INTEGER),
  },
  positive: {
    expected: 'a whole number, 1 or more',
    example: '100',
    parse: (text) => parseWholeNumber(text, Number.MAX_SAFE_INTEGER) || undefined,
  },
  choice: { expected: 'one of its words', example: 'WORD', parse: parseString },
  duration: { expected: 'a duration', example: '1m30s', parse: parseDuration },
  list: { expected: 'values separated by commas', example: 'ONE,TWO', parse: parseList },
  host: { expected: 'an IP address or a host name, without a port', example: '127.0.0.1', parse: parseHost },
  mode: { expected: 'permissions in octal', example: '0660', parse: parseFileMode },
  url: { expected: 'a base URL with http or https', example: 'https://alloydb.googleapis.com', parse: parseBaseUrl },
  'project-or-cluster': {
    expected: 'projects/PROJECT or projects/PROJECT/locations/REGION/clusters/CLUSTER',
    example: 'projects/PROJECT',
    parse: (text) => (parseAllowedTargets(text) === undefined ? undefined : text),
  },
  'name-server': {
    expected: 'an IP address, with :PORT unless it is 53',
    example: '127.0.0.1:53',
    parse: parseNameServer,
  },
};

function parseString(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function parsePath(text: string): string | undefined {
  return text === '' || text.includes('\0') ? undefined : text;
}

function parseList(text: string): readonly string[] | undefined {
  const parts = text.split(',').map((part) => part.trim());
  return parts.includes('') ? undefined : parts;
}
