// How many processes serve clients.

import { availableParallelism } from 'node:os';
import type { Setting } from './sources.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { ProxyConfig } from './config.ts';
import { targetName } from './instance-target.ts';
import { writtenAs } from './sources.ts';

// Beyond the processors there is nothing to gain, and each has its own memory.
const most = 256;

/** @throws {UsageError} */
export function chooseWorkers({ value, source }: Setting<string>): number {
  if (value === 'auto') return Math.min(most, availableParallelism());
  const count = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= most) return count;
  const name = writtenAs('workers', source);
  throw new UsageError(`invalid value "${value}" for ${name}: expected a whole number from 1 to ${most}, or auto`, {
    hint: 'auto is one for each processor; without it one process serves all clients',
  });
}

/**
 * Says what several processes cannot do.
 *
 * @throws {UsageError}
 */
export function refuseForWorkers(
  { workers, instances, localTls }: Pick<ProxyConfig, 'workers' | 'instances' | 'localTls'>,
  platform: NodeJS.Platform = process.platform,
): void {
  if (workers === 1) return;
  if (platform === 'win32') {
    throw new UsageError('--workers is not supported on Windows', { hint: 'run several copies on ports of their own' });
  }
  if (localTls !== undefined) {
    throw new UsageError(
      '--workers and --local-tls-cert cannot be used together: clients are handed over unencrypted',
      {
        hint: 'leave out --workers, or run several copies on ports of their own',
      },
    );
  }
  if (instances.some(({ warmConnections }) => warmConnections > 0)) {
    throw new UsageError('--workers and --warm-connections cannot be used together: no process can dial for another', {
      hint: 'leave out --workers, or --warm-connections',
    });
  }
  const domain = instances.find(({ target }) => target.kind === 'domain');
  if (domain !== undefined) {
    throw new UsageError(
      `--workers cannot serve an instance by its DNS name (${targetName(domain.target)}): sessions in other processes would not follow when it points elsewhere`,
      { hint: 'leave out --workers, or name the instance by its URI' },
    );
  }
}
