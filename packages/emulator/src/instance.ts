// An instance as it is served: its name, identity and addresses.

import type { InstanceType } from './options.ts';
import type { InstanceName } from './resource-name.ts';

export interface Instance {
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
}
