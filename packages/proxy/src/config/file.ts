// Settings and instances from a config file in TOML, YAML or JSON.

import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { UsageError } from '../cli/usage-error.ts';
import { ConfigFile } from './file/config-file.ts';
import { readDocument } from './file/document.ts';
import { formatOf } from './file/formats.ts';
import type { ReadLayer } from './sources.ts';

/** Nobody writes that many settings; a parser could be kept busy for long with more. */
const MAX_BYTES = 2 ** 20;

/**
 * Reads `PATH.toml`, `.yaml`, `.yml` or `.json`. Paths inside the file are left as they are written: relative to the
 * working directory, not to the file.
 */
export async function readConfigFile(path: string): Promise<ReadLayer> {
  const format = formatOf(path);
  if (format === undefined) {
    const hint = 'its name must end in .toml, .yaml, .yml or .json';
    return nothingBut(new UsageError(`cannot tell the format of the config file ${path}`, { hint }));
  }
  const text = await readText(path);
  if (text instanceof UsageError) return nothingBut(text);
  const file = new ConfigFile(path, format);
  const layer = await readDocument(text, file);
  return { ...layer, mistakes: file.mistakesInOrder(), notices: file.notices };
}

/** The text without a byte order mark; a UsageError, not thrown, when there is none. */
async function readText(path: string): Promise<string | UsageError> {
  let bytes: Uint8Array;
  try {
    bytes = await buffer(createReadStream(path, { end: MAX_BYTES }));
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    const [reason, hint] = REASONS[code] ?? [code, 'the config file must be a file that this user may read'];
    return new UsageError(`cannot read the config file ${path}: ${reason}`, { hint, cause });
  }
  if (bytes.length > MAX_BYTES) {
    return new UsageError(`the config file ${path} is larger than 1 MiB`, {
      hint: 'check that the path is the right one',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    return new UsageError(`${path} is not text in UTF-8`, { hint: 'save it again with the encoding UTF-8', cause });
  }
}

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ['no such file', 'check the path; a relative one starts at the working directory'],
  ENOTDIR: ['no such file', 'check the path; a part of it is a file, not a folder'],
  EISDIR: ['it is a folder', 'name a file in it'],
  EACCES: ['permission denied', 'let the user that runs the proxy read it'],
  EPERM: ['permission denied', 'let the user that runs the proxy read it'],
};

function nothingBut(mistake: UsageError): ReadLayer {
  return { settings: {}, instances: [], mistakes: [mistake], notices: [] };
}
