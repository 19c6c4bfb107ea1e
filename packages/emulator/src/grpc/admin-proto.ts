// The messages of the Admin API and of its errors as gRPC carries them: the fields that the emulator knows, with the published
// numbers.

import protobuf from 'protobufjs';

export const grpcVersions = ['v1', 'v1beta', 'v1alpha'] as const;
export type GrpcVersion = (typeof grpcVersions)[number];

// Field numbers and enums: google/cloud/alloydb/v1beta/{service,resources}.proto, the same in all three versions.
const messages = `
  message Duration { int64 seconds = 1; int32 nanos = 2; }

  message GetConnectionInfoRequest { string parent = 1; string request_id = 2; }
  message ConnectionInfo {
    string name = 1;
    string ip_address = 2;
    string instance_uid = 4;
    string public_ip_address = 5;
    string psc_dns_name = 6;
    string psc_auto_dns_name = 9;
  }

  message GenerateClientCertificateRequest {
    string parent = 1;
    string request_id = 2;
    Duration cert_duration = 4;
    string public_key = 5;
    bool use_metadata_exchange = 6;
  }
  message GenerateClientCertificateResponse { repeated string pem_certificate_chain = 2; string ca_cert = 3; }

  message GetInstanceRequest { string name = 1; }
  message ListInstancesRequest { string parent = 1; int32 page_size = 2; string page_token = 3; }
  message ListInstancesResponse {
    repeated Instance instances = 1;
    string next_page_token = 2;
    repeated string unreachable = 3;
  }
  message Instance {
    enum State {
      STATE_UNSPECIFIED = 0; READY = 1; STOPPED = 2; CREATING = 3; DELETING = 4; MAINTENANCE = 5; FAILED = 6;
      BOOTSTRAPPING = 8; PROMOTING = 9;
    }
    enum InstanceType { INSTANCE_TYPE_UNSPECIFIED = 0; PRIMARY = 1; READ_POOL = 2; SECONDARY = 3; }
    message ClientConnectionConfig { bool require_connectors = 1; }
    message PscInstanceConfig { string psc_dns_name = 7; }
    string name = 1;
    string display_name = 2;
    string uid = 3;
    State state = 8;
    InstanceType instance_type = 9;
    string ip_address = 15;
    ClientConnectionConfig client_connection_config = 23;
    string public_ip_address = 27;
    PscInstanceConfig psc_instance_config = 28;
  }

  message GetClusterRequest { string name = 1; }
  message ListClustersRequest { string parent = 1; int32 page_size = 2; string page_token = 3; }
  message ListClustersResponse {
    repeated Cluster clusters = 1;
    string next_page_token = 2;
    repeated string unreachable = 3;
  }
  message Cluster {
    enum State {
      STATE_UNSPECIFIED = 0; READY = 1; STOPPED = 2; EMPTY = 3; CREATING = 4; DELETING = 5; FAILED = 6;
      BOOTSTRAPPING = 7; MAINTENANCE = 8; PROMOTING = 9;
    }
    enum ClusterType { CLUSTER_TYPE_UNSPECIFIED = 0; PRIMARY = 1; SECONDARY = 2; }
    string name = 1;
    string display_name = 2;
    string uid = 3;
    State state = 8;
    ClusterType cluster_type = 24;
  }
`;

// google/rpc/{status,error_details}.proto
const statusMessages = `
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }
  message RetryInfo { Duration retry_delay = 1; }
  message BadRequest {
    message FieldViolation { string field = 1; string description = 2; }
    repeated FieldViolation field_violations = 1;
  }
`;

// The package has no say on the wire: one of our own holds them all.
const { root } = protobuf.parse(`syntax = "proto3"; package emulator; ${messages} ${statusMessages}`);

export function grpcMessage(name: string): protobuf.Type {
  return root.lookupType(`emulator.${name}`);
}

/** google.protobuf.Duration as JSON has it, such as `3600s`. */
export function durationText(duration: unknown): string | undefined {
  if (typeof duration !== 'object' || duration === null || !('seconds' in duration)) return undefined;
  const nanos = 'nanos' in duration ? Number(duration.nanos) : 0;
  return `${Number(duration.seconds) + nanos / 1e9}s`;
}

/** The reverse of {@link durationText}. */
export function durationMessage(text: string): { readonly seconds: number; readonly nanos: number } {
  const seconds = Number.parseFloat(text);
  return { seconds: Math.trunc(seconds), nanos: Math.round((seconds % 1) * 1e9) };
}
