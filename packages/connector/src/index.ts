// alloydb-connector: what the package exports, and nothing else.

export { Connector } from './connector.ts';
export type { Connection } from './dial/dialer.ts';
export type { PgStreamOptions } from './drivers/pg.ts';
export { ConnectorError, type ErrorCode, errorCodes } from './errors.ts';
export { AdminApiError, type ApiErrorBody } from './admin-api/api-error.ts';
export { PostgresServerError } from './metadata-exchange/postgres-error.ts';
export { type DialEvent, dialChannel, type RefreshEvent, refreshChannel } from './events.ts';
export { type IpType, ipTypes } from './instance/ip-type.ts';
export {
  formatInstanceUri,
  type InstanceUri,
  parseInstanceUri,
  parseShortInstanceName,
  shortInstanceName,
} from './instance/uri.ts';
export type { AuthType } from './metadata-exchange/codec.ts';
export {
  type ConnectOptions,
  type ConnectorOptions,
  type CredentialsOption,
  defaultAdminApiEndpoint,
} from './options.ts';
