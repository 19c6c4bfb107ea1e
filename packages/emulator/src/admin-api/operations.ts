// The long-running operations of the Admin API: what was ordered, whether it is done, and with which outcome.

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { reasonOf } from '../emulator-error.ts';
import type { ApiVersion } from './route.ts';

export interface OperationOrder {
  /** `projects/P/locations/L` */
  readonly location: string;
  /** Name of what it is done to. */
  readonly target: string;
  readonly verb: 'create' | 'update' | 'delete' | 'failover' | 'restart' | 'promote' | 'switchover';
  readonly version: ApiVersion;
  /** Resolves to the response, with its `@type`. */
  readonly work: () => Promise<unknown>;
}

type Outcome =
  | { readonly is: 'running' }
  | { readonly is: 'done'; readonly endTime: number; readonly response: unknown }
  | { readonly is: 'failed'; readonly endTime: number; readonly reason: string };

interface Known extends Omit<OperationOrder, 'work'> {
  readonly name: string;
  readonly createTime: number;
  outcome: Outcome;
}

export interface OperationsParts {
  readonly clock: Clock;
  /** Called when one has ended, however it did. */
  readonly ended: () => void;
}

// Clients look at an operation soon after they have ordered it.
const MAX_KEPT = 1_000;

export class Operations {
  readonly #parts: OperationsParts;
  readonly #known = new Map<string, Known>();

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  /** The work begins at once; what is returned is the operation as it is then, not yet done. */
  start({ work, ...order }: OperationOrder): unknown {
    const { clock, ended } = this.#parts;
    const name = `${order.location}/operations/operation-${clock.now()}-${randomUUID()}`;
    const operation: Known = { ...order, name, createTime: clock.now(), outcome: { is: 'running' } };
    this.#known.set(name, operation);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KEPT && oldest !== undefined) this.#known.delete(oldest);
    const view = viewOf(operation);
    void work()
      .then(
        (response) => (operation.outcome = { is: 'done', endTime: clock.now(), response }),
        (error: unknown) => (operation.outcome = { is: 'failed', endTime: clock.now(), reason: reasonOf(error) }),
      )
      .then(ended);
    return view;
  }

  find(name: string): unknown {
    const operation = this.#known.get(name);
    return operation === undefined ? undefined : viewOf(operation);
  }

  list(location: string): readonly unknown[] {
    return [...this.#known.values()].filter((operation) => operation.location === location).map(viewOf);
  }

  delete(name: string): void {
    this.#known.delete(name);
  }
}

function viewOf({ name, createTime, target, verb, version, outcome }: Known): unknown {
  const metadata = {
    '@type': `type.googleapis.com/google.cloud.alloydb.${version}.OperationMetadata`,
    createTime: new Date(createTime).toISOString(),
    ...(outcome.is === 'running' ? {} : { endTime: new Date(outcome.endTime).toISOString() }),
    target,
    verb,
    requestedCancellation: false,
    apiVersion: version,
  };
  switch (outcome.is) {
    case 'running':
      return { name, metadata, done: false };
    case 'done':
      return { name, metadata, done: true, response: outcome.response };
    case 'failed':
      return { name, metadata, done: true, error: { code: 13, message: outcome.reason } };
  }
}
