// An instance as it is served: its name, identity and addresses, and the node that serves it now.

import type { ConnectionRule } from './connection-rule.ts';
import type { InstanceType } from './options.ts';
import type { InstanceName } from './resource-name.ts';

export interface Instance extends ConnectionRule {
  readonly name: InstanceName;
  readonly uid: string;
  readonly type: InstanceType;
  readonly address: string;
  readonly port: number;
  readonly publicAddress: string | undefined;
  readonly publicPort: number | undefined;
  /** Of the private address, for clients without a proxy. */
  readonly postgresPort: number;
  readonly publicPostgresPort: number | undefined;
  /** With the dot at its end. */
  readonly pscDnsName: string | undefined;
  /** With the dot at its end. */
  readonly pscAutoDnsName: string | undefined;
  readonly connectionPooling: boolean;
  /** Counts the nodes that have served it: a failover brings the next one, in another zone. */
  readonly node: number;
  /** Of a read pool; 1 otherwise. */
  readonly nodeCount: number;
}

/** Only the primary instance of a primary cluster takes writes. */
export function isReadOnly({ type }: Pick<Instance, 'type'>): boolean {
  return type !== 'PRIMARY';
}
