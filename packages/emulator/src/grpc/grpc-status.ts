// An error answer of the Admin API as gRPC carries it: a status code, and its details in a trailer.

import { durationMessage, grpcMessage } from './admin-proto.ts';

/** The error in the body of a REST answer. */
export interface RestError {
  readonly code: number;
  readonly message: string;
  readonly status: string;
  readonly details?: readonly Readonly<Record<string, unknown>>[];
}

// google/rpc/code.proto
const CODES: Readonly<Record<string, number>> = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};

export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
  /** google.rpc.Status, for the trailer `grpc-status-details-bin`. */
  readonly details: Buffer;
}

export function grpcStatus({ status, message, details = [] }: RestError): GrpcStatus {
  const code = CODES[status] ?? 2;
  const Status = grpcMessage('Status');
  const packed = details.flatMap(pack);
  return { code, message, details: Buffer.from(Status.encode({ code, message, details: packed }).finish()) };
}

/** A detail as google.protobuf.Any; one that is only for people (Help, LocalizedMessage) is left out. */
function pack(detail: Readonly<Record<string, unknown>>): readonly object[] {
  const { '@type': typeUrl, ...fields } = detail;
  const name = /^type\.googleapis\.com\/google\.rpc\.(ErrorInfo|RetryInfo|BadRequest)$/.exec(String(typeUrl))?.[1];
  if (name === undefined) return [];
  const Type = grpcMessage(name);
  const { retryDelay } = fields;
  const value = typeof retryDelay === 'string' ? { retryDelay: durationMessage(retryDelay) } : fields;
  return [{ typeUrl, value: Type.encode(Type.fromObject(value)).finish() }];
}
