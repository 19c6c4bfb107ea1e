// What an emulator serves, and where: its instances, the PostgreSQL behind them, gRPC.

import type { InstanceType } from './options.ts';
import type { Database } from './postgres/database.ts';

export interface EmulatorInstance {
  /** `projects/P/locations/L/clusters/C/instances/I` */
  readonly uri: string;
  readonly uid: string;
  readonly type: InstanceType;
  /** The private IP address, a loopback address of its own. */
  readonly address: string;
  /** 5433 unless the machine has only one loopback address (macOS); then clients must be told to dial this port. */
  readonly port: number;
  readonly publicAddress: string | undefined;
  readonly publicPort: number | undefined;
  /** Where clients without a proxy connect to `address`: 5432 unless that was taken. See `ConnectionRule` for who may. */
  readonly postgresPort: number;
  readonly publicPostgresPort: number | undefined;
  /** With the dot at its end, as connectionInfo has it. */
  readonly pscDnsName: string | undefined;
  readonly pscAutoDnsName: string | undefined;
}

/** The PostgreSQL behind all instances, for those who want to go there directly. */
export interface EmulatorPostgres extends Database {
  /** Such as `postgres (PostgreSQL) 18.4`; undefined with a database URL. */
  readonly version: string | undefined;
  /** Where its data lies; undefined with a database URL. */
  readonly folder: string | undefined;
}

/** The Admin API over gRPC. */
export interface EmulatorGrpc {
  /** `localhost:PORT` */
  readonly endpoint: string;
  /** PEM of the root that its server certificate leads to, for clients to trust. */
  readonly authority: string;
}
