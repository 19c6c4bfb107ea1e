// alloydb-connector: what the package exports, and nothing else.

export { Connector } from './connector.ts';
export type { Connection } from './dial/dialer.ts';
export type { LocalProxy, LocalProxyOptions } from './drivers/local-proxy.ts';
export type { PgStreamOptions } from './drivers/pg.ts';
export type { PostgresJsOptions } from './drivers/postgres.ts';
export { ConnectorError, type ErrorCode, type ErrorDescription, errorCodes } from './errors.ts';
export { AdminApiError, type ApiErrorBody, type FieldViolation } from './admin-api/api-error.ts';
export { databaseUserOf } from './metadata-exchange/refusal-hints.ts';
export { PostgresServerError } from './metadata-exchange/postgres-error.ts';
export {
  type DialEvent,
  type DialPhase,
  type DialPhaseTiming,
  dialChannel,
  type RefreshEvent,
  refreshChannel,
  type TokenEvent,
  tokenChannel,
  type WarningEvent,
  warningChannel,
} from './events.ts';
export type { OpenedTransport, Transport, TransportRequest, VerifyPeer } from './dial/transport.ts';
export { connectForUrl, type OutboundConnectionOptions } from './http/outbound-connection.ts';
export { type IpType, type IpTypeOption, ipTypes } from './instance/ip-type.ts';
export {
  formatInstanceUri,
  type InstanceUri,
  parseInstanceUri,
  parseShortInstanceName,
  shortInstanceName,
} from './instance/uri.ts';
export type { AuthType } from './metadata-exchange/codec.ts';
export type { ConnectOptions, ConnectorOptions } from './options.ts';
export type { SharedInfo, SharedSource, SharedTokenKind } from './sharing/shared-source.ts';
export type { ClientIdentity } from './refresh/connection-info.ts';
export type { Token } from './credentials/token-source.ts';
export type { CredentialsOption, ImpersonateOption } from './credentials/credentials.ts';
export type { RefreshOptions } from './refresh/options.ts';
