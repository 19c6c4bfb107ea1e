// The long-running operations that changes are answered with. Here they are over at once.

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ApiCall } from './route.ts';

export interface FinishedWork {
  readonly call: ApiCall;
  readonly verb: 'update';
  /** Message type of the response. */
  readonly kind: 'Instance';
  readonly response: Readonly<Record<string, unknown>>;
}

export type Operation = Readonly<Record<string, unknown>> & { readonly name: string };

const KEPT = 1000;

export class Operations {
  readonly #clock: Clock;
  readonly #operations = new Map<string, Operation>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  finish({ call, verb, kind, response }: FinishedWork): Operation {
    const time = new Date(this.#clock.now()).toISOString();
    const [, project, , location] = call.resource.split('/');
    const type = `type.googleapis.com/google.cloud.alloydb.${call.version}`;
    const operation = {
      name: `projects/${project}/locations/${location}/operations/operation-${randomUUID()}`,
      metadata: {
        '@type': `${type}.OperationMetadata`,
        createTime: time,
        endTime: time,
        target: call.resource,
        verb,
        requestedCancellation: false,
        apiVersion: call.version,
      },
      done: true,
      response: { '@type': `${type}.${kind}`, ...response },
    };
    this.#operations.set(operation.name, operation);
    const [oldest] = this.#operations.keys();
    if (this.#operations.size > KEPT && oldest !== undefined) this.#operations.delete(oldest);
    return operation;
  }

  find(name: string): Operation | undefined {
    return this.#operations.get(name);
  }
}
