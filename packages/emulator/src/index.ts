// The public exports of the emulator.

export type { Clock } from './clock.ts';
export type { ConnectionRule, SslMode } from './connection-rule.ts';
export { EmulatorError, type EmulatorErrorCode } from './emulator-error.ts';
export type { Emulator, FleetControls } from './emulator.ts';
export type { EmulatorInstance, EmulatorPostgres } from './endpoints.ts';
export type { InstanceStatus, Status } from './control-api/controls.ts';
export type { BreakOrder, ClusterOrder, ConnectionRuleOrder, InstanceStateOrder } from './control-api/read-order.ts';
export type {
  AcceptFault,
  ApiFault,
  ApiMethod,
  ExchangeFault,
  Fault,
  FaultOrder,
  PostgresFault,
  TokenFault,
  TokenGrant,
} from './faults/fault.ts';
export { ACCESS_TOKEN_PREFIX } from './iam/access-tokens.ts';
export type { ServiceStateOrder } from './iam/iam-controls.ts';
export type { Grant } from './iam/policy.ts';
export type { CustomRole, PredefinedRole, Role } from './iam/roles.ts';
export type { ServiceAccountKey } from './iam/service-account-keys.ts';
export type {
  AuthorizedUserCredentials,
  Credentials,
  ExternalAccountCredentials,
  ExternalAccountOptions,
  ExternalAccountUserCredentials,
  ImpersonatedCredentials,
  ImpersonationOptions,
  UserLoginOptions,
} from './oauth/credential-files.ts';
export type { InstanceState } from './instance-states.ts';
export type { LoginEnd } from './oauth/user-logins.ts';
export type {
  EmulatorOptions,
  InstanceOptions,
  InstanceType,
  MetadataServerOptions,
  PostgresOptions,
} from './options.ts';
export type { DatabaseUser } from './postgres/database-users.ts';
export type { ServiceName, ServiceState } from './projects.ts';
export { startEmulator } from './start-emulator.ts';
export type { BreakHow } from './server-proxy/relay.ts';
export type { ApiCallRecord, ConnectionCounts, Statistics, TokenRequestRecord } from './statistics.ts';
