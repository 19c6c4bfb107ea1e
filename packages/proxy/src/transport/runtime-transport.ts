// The transport that this runtime has of its own: Bun's in the standalone executable, none on Node.

import type { Transport } from 'alloydb-connector';
import { bunRuntime } from './bun-runtime.ts';
import { BunTransport } from './bun-transport.ts';

export const runtimeTransport: Transport | undefined =
  bunRuntime === undefined ? undefined : new BunTransport(bunRuntime);
