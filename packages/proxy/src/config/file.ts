// Settings and instances from a config file.

import { UsageError } from '../cli/usage-error.ts';
import type { ReadLayer } from './sources.ts';

/** @throws {UsageError} */
export async function readConfigFile(path: string): Promise<ReadLayer> {
  throw new UsageError(`cannot read ${path}: this version reads no config files yet`, { hint: 'use flags' });
}
