// The public exports of the emulator.

export type { Clock } from './clock.ts';
export { EmulatorError, type EmulatorErrorCode } from './emulator-error.ts';
export type { Emulator, EmulatorInstance, EmulatorPostgres } from './emulator.ts';
export type { AcceptFault, ApiFault, ApiMethod, ExchangeFault, Fault, FaultOrder, TokenFault } from './faults/fault.ts';
export type { Role } from './iam/roles.ts';
export type { ServiceAccountKey } from './iam/service-account-keys.ts';
export type { EmulatorOptions, InstanceOptions, InstanceType, PostgresOptions } from './options.ts';
export type { DatabaseUser } from './postgres/database-users.ts';
export { startEmulator } from './start-emulator.ts';
export type { ConnectionCounts, Statistics } from './statistics.ts';
