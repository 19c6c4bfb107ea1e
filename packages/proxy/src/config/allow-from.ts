// The peers that --allow-from names.

import { UsageError } from '../cli/usage-error.ts';
import { AllowList } from './allow-list.ts';

/**
 * Undefined when everybody may connect.
 *
 * @throws {UsageError} naming the first network that is none.
 */
export function chooseAllowFrom(networks: readonly string[]): AllowList | undefined {
  if (networks.length === 0) return undefined;
  try {
    return new AllowList(networks);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`invalid value for --allow-from: ${error.message}`, {
      hint: 'write it like --allow-from 10.0.0.0/8,192.0.2.7,fd00::/8',
      cause: error,
    });
  }
}
