// Serves the Admin API over gRPC, on the state behind the REST form of it: each call is answered as its REST call would be.

import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { ApiError } from '../http/api-error.ts';
import type { Answer } from '../http/answer.ts';
import type { HttpRequest } from '../http/service.ts';
import type { ServerIdentity } from '../pki/cluster-authority.ts';
import { grpcMessage, type GrpcVersion, grpcVersions } from './admin-proto.ts';
import { grpcStatus, type RestError } from './grpc-status.ts';
import { type Fields, restCall, type RpcRow, RPCS } from './rpcs.ts';

export interface GrpcServerParts {
  /** Answers what the REST form of a call would be answered. @throws ApiError */
  readonly rest: (request: HttpRequest) => Promise<Answer>;
  /** Shown to clients, which have to be told to trust its root: connectors speak gRPC over TLS alone. */
  readonly identity: ServerIdentity;
  readonly log: (line: string) => void;
}

type Handler = handleUnaryCall<Fields, Fields>;
type Call = Parameters<Handler>[0];
type Done = Parameters<Handler>[1];

export class GrpcServer {
  readonly #parts: GrpcServerParts;
  readonly #server = new Server();

  constructor(parts: GrpcServerParts) {
    this.#parts = parts;
    for (const version of grpcVersions) this.#server.addService(definition(version), this.#implementation(version));
  }

  /** Resolves to `localhost:PORT`. @throws EmulatorError `ADDRESS_UNAVAILABLE` */
  async listen(port: number): Promise<string> {
    const { certificate, key } = this.#parts.identity;
    const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(certificate) };
    const credentials = ServerCredentials.createSsl(null, [pair]);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, credentials, (cause, bound) => {
        if (cause === null) {
          resolve(`localhost:${bound}`);
          return;
        }
        const text = `Cannot listen on 127.0.0.1:${port}: ${reasonOf(cause)}`;
        reject(new EmulatorError('ADDRESS_UNAVAILABLE', text, { cause, hint: 'choose another port for gRPC, or 0' }));
      });
    });
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #implementation(version: GrpcVersion): UntypedServiceImplementation {
    return Object.fromEntries(Object.entries(RPCS).map(([name, row]) => [name, this.#handler(version, row)]));
  }

  #handler(version: GrpcVersion, row: RpcRow): Handler {
    return (call, done) => void this.#reply(version, row, call, done);
  }

  async #reply(version: GrpcVersion, row: RpcRow, { request, metadata }: Call, done: Done): Promise<void> {
    let value: Fields;
    try {
      value = await this.#answer(version, row, { fields: request, metadata });
    } catch (error) {
      const { code, message, details } = this.#statusOf(error);
      const trailer = new Metadata();
      trailer.set('grpc-status-details-bin', details);
      done({ code, details: message, metadata: trailer });
      return;
    }
    done(null, value);
  }

  async #answer(
    version: GrpcVersion,
    row: RpcRow,
    { fields, metadata }: { readonly fields: Fields; readonly metadata: Metadata },
  ): Promise<Fields> {
    const { method, path, query, body } = restCall(row, version, fields);
    const headers = Object.fromEntries(
      Object.entries(metadata.getMap()).map(([name, value]) => [name, value.toString()]),
    );
    const request = { method, path, query, headers, endpoint: '', text: async () => body };
    const answer = await this.#parts.rest(request);
    // What breaks an HTTP connection has no likeness within one HTTP/2 stream; clients see it as a server that is away.
    if (answer.is !== 'reply') throw new ApiError(503, 'The connection was broken, as ordered by a fault.');
    const value: unknown = answer.status === 204 || answer.text === '' ? {} : parse(answer.text);
    if (answer.status === 200) return value as Fields;
    throw new RestErrorAnswer((value as { readonly error: RestError }).error);
  }

  #statusOf(error: unknown): ReturnType<typeof grpcStatus> {
    if (error instanceof RestErrorAnswer) return grpcStatus(error.error);
    if (error instanceof ApiError) return grpcStatus((error.body as { readonly error: RestError }).error);
    this.#parts.log(`gRPC: ${reasonOf(error)}`);
    return grpcStatus({ code: 500, status: 'INTERNAL', message: 'Internal error encountered.' });
  }
}

class RestErrorAnswer extends Error {
  readonly error: RestError;

  constructor(error: RestError) {
    super(error.message);
    this.error = error;
  }
}

/** A fault may answer with what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(500, 'The answer cannot be read.');
  }
}

function definition(version: GrpcVersion): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(RPCS).map(([name, { request, response }]) => {
      const Request = grpcMessage(request);
      const Response = grpcMessage(response);
      return [
        name,
        {
          path: `/google.cloud.alloydb.${version}.AlloyDBAdmin/${name}`,
          requestStream: false,
          responseStream: false,
          requestSerialize: (value: Fields) => Buffer.from(Request.encode(Request.fromObject(value)).finish()),
          requestDeserialize: (bytes: Buffer): Fields => Request.toObject(Request.decode(bytes), { longs: Number }),
          responseSerialize: (value: Fields) => Buffer.from(Response.encode(Response.fromObject(value)).finish()),
          responseDeserialize: (bytes: Buffer): Fields => Response.toObject(Response.decode(bytes), { enums: String }),
        },
      ];
    }),
  );
}
