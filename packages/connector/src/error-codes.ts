// Every code that an error of the connector can carry: what it means, why it comes about, what to do.

/** One row of the table of errors; docs/errors.md is made from it. */
export interface ErrorDescription {
  readonly meaning: string;
  readonly cause: string;
  readonly remedy: string;
}

/** Match on the code, never on the message: messages may change with any release, codes do not. */
export const errorCodes = {
  INVALID_INSTANCE_URI: {
    meaning: 'the instance URI is not one of AlloyDB',
    cause: 'a part is missing or misspelt, or the short name was given where the full one is needed',
    remedy: 'write it as `projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE`',
  },
  INVALID_OPTION: {
    meaning: 'an option has a value that cannot be used',
    cause: 'the message names the option and what it takes',
    remedy: 'correct the value',
  },
  CREDENTIALS_NOT_FOUND: {
    meaning: 'no credentials were given and none were found',
    cause: 'Application Default Credentials are in none of their places: environment, gcloud, metadata server',
    remedy: 'run `gcloud auth application-default login`, or set `GOOGLE_APPLICATION_CREDENTIALS` to a credential file',
  },
  CREDENTIALS_INVALID: {
    meaning: 'the credentials given cannot be read or used',
    cause: 'the file is missing, unreadable, no JSON, or of a type that is not known',
    remedy: 'check the path and its permissions; make a new key or log in again',
  },
  TOKEN_REQUEST_FAILED: {
    meaning: 'the token endpoint could not be asked',
    cause: 'no route, no name server, a firewall, or a proxy that is not told of',
    remedy: 'check that this machine reaches the host in the message; set `HTTPS_PROXY` where a proxy is in the way',
  },
  TOKEN_REQUEST_REFUSED: {
    meaning: 'the token endpoint answered that it gives no token',
    cause: 'the login has expired or was revoked, the key was deleted, or the clock of this machine is wrong',
    remedy:
      'run `gcloud auth application-default login`; for a key, check that it still exists and that the clock is right',
  },
  ADMIN_API_UNREACHABLE: {
    meaning: 'the Admin API could not be asked, or did not answer in time',
    cause: 'no route to the internet or to Private Google Access, no name server, a firewall, a proxy',
    remedy:
      'check that this machine opens TCP connections to alloydb.googleapis.com:443; set `HTTPS_PROXY` where needed',
  },
  ADMIN_API_UNAUTHENTICATED: {
    meaning: 'the Admin API does not accept the token',
    cause: 'the token has expired, was revoked, or is no access token',
    remedy: 'run `gcloud auth application-default login`, or replace the token',
  },
  ADMIN_API_PERMISSION_DENIED: {
    meaning: 'the principal lacks a permission, or the API is not enabled',
    cause: 'see the reasons below',
    remedy: 'run the command in the hint',
  },
  ADMIN_API_NOT_FOUND: {
    meaning: 'the instance or its cluster does not exist',
    cause: 'a part of the instance URI is wrong, or the instance was deleted',
    remedy: '`gcloud alloydb instances list` shows what exists',
  },
  ADMIN_API_INVALID_ARGUMENT: {
    meaning: 'the Admin API does not accept the request',
    cause: 'a part of the instance URI has a form that cannot exist; the message names the field',
    remedy: 'check project, region, cluster and instance in the URI',
  },
  ADMIN_API_RESOURCE_EXHAUSTED: {
    meaning: 'the quota of Admin API requests is used up',
    cause: 'many processes refresh at the same time, or one is started over and over',
    remedy: 'run fewer processes, let each live longer, or raise the quota',
  },
  ADMIN_API_UNAVAILABLE: {
    meaning: 'the Admin API is unavailable for the moment',
    cause: 'an interruption of the service, or a proxy on the way that cannot reach it',
    remedy: 'wait: the call is repeated. The state of the service is at https://status.cloud.google.com',
  },
  ADMIN_API_FAILED: {
    meaning: 'the Admin API answered with another error',
    cause: 'the message gives its status and text',
    remedy: 'act on the text; a status of 500 and more is an error of the service',
  },
  ADMIN_API_BAD_REPLY: {
    meaning: 'the Admin API answered with something that is not understood',
    cause: 'the endpoint is not the AlloyDB Admin API, or a proxy answers in its place',
    remedy: 'check the endpoint in the hint',
  },
  ADDRESS_MISSING: {
    meaning: 'the instance has no address of the kind asked for',
    cause: 'public IP or Private Service Connect is not enabled on the instance, or it has nothing else',
    remedy: 'ask for a kind that the message lists, or enable the one that is missing',
  },
  CONNECT_FAILED: {
    meaning: 'no TCP connection to the server-side proxy',
    cause: "no route from this machine into the instance's network, or a firewall that blocks TCP port 5433",
    remedy: 'run from inside the VPC network, or use a public IP or PSC address; open egress to port 5433',
  },
  TLS_FAILED: {
    meaning: 'the TLS handshake with the server-side proxy failed',
    cause: 'something else answers at the address, or breaks up TLS on the way',
    remedy: 'check what listens at the address in the message; exclude it from TLS inspection',
  },
  SERVER_CERTIFICATE_REJECTED: {
    meaning: 'the certificate of the server-side proxy cannot be trusted',
    cause: 'another server answers at this address, or the authority of the cluster has just been replaced',
    remedy: 'try again after a refresh; if it stays, find out who answers at the address',
  },
  CLIENT_CERTIFICATE_REFUSED: {
    meaning: 'the server-side proxy does not accept the client certificate',
    cause:
      'the certificate has expired, because this machine slept or its clock is wrong, or the authority was replaced',
    remedy: 'try again: a new certificate is asked for. If it stays, check the clock of this machine',
  },
  EXCHANGE_FAILED: {
    meaning: 'the metadata exchange broke off or was not understood',
    cause: 'the connection was cut, the server was restarted, or something else answers',
    remedy: 'try again; if it stays, check what listens at the address in the message',
  },
  EXCHANGE_REFUSED: {
    meaning: 'the server-side proxy refused the connection in the metadata exchange',
    cause:
      'the principal of the token may not connect, or does not match the database user; the message quotes the server',
    remedy: 'act on the hint; see the texts below',
  },
  EXCHANGE_UNAUTHENTICATED: {
    meaning: 'the server-side proxy does not accept the token',
    cause: 'the token has expired or was revoked between two connections, or is no access token',
    remedy: 'run `gcloud auth application-default login`, or replace the token',
  },
  SERVER_ERROR: {
    meaning: 'the server answered the metadata exchange with a PostgreSQL error',
    cause: 'the database itself refuses: too many connections, starting up, shutting down',
    remedy: 'act on the SQLSTATE and the text in the message',
  },
  DIAL_TIMEOUT: {
    meaning: 'the connection was not established in time',
    cause: 'packets are dropped on the way: a firewall, a missing route; or the server is overloaded',
    remedy: 'check the route and the firewall between this machine and TCP port 5433 of the instance',
  },
  LISTEN_FAILED: {
    meaning: 'the local proxy cannot listen at the place it was given',
    cause:
      'the port or the socket file is taken, the folder does not exist or is not writable, or the path is too long',
    remedy: 'leave `port` out for a free one, or give another `path`',
  },
  CONNECTOR_CLOSED: {
    meaning: 'the connector has been closed',
    cause: 'a connection was asked for after, or was under way at, `close()`',
    remedy: 'close the connector after the last connection was opened',
  },
} as const satisfies Readonly<Record<string, ErrorDescription>>;

export type ErrorCode = keyof typeof errorCodes;
