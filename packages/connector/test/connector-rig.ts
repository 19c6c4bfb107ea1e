// What a test of the connector needs: an Admin API that issues real certificates, and an instance that trusts them.

import type { ConnectorOptions } from '../src/options.ts';
import { type Answer as ApiAnswer, type AnsweringServer, type Asked, answeringServer } from './answering-server.ts';
import { CertificateAuthority } from './certificate-authority.ts';
import { type Answer, type InstanceServer, startInstanceServer } from './instance-server.ts';

export const uri = 'projects/p/locations/r/clusters/c/instances/i';

export interface ConnectorRigOptions {
  /** How the instance answers the metadata exchange. Default: OK. */
  readonly instance?: Answer;
  /** Answers an API call in place of the rig; undefined leaves it to the rig. */
  readonly api?: (asked: Asked, earlier: number) => ApiAnswer | undefined | Promise<ApiAnswer | undefined>;
}

export interface ConnectorRig extends AsyncDisposable {
  readonly api: AnsweringServer;
  readonly instance: InstanceServer;
  /** Calls of generateClientCertificate so far. */
  readonly certificates: () => number;
  /** For a Connector of this API, which looks for nothing in the environment. */
  readonly options: ConnectorOptions;
  /** For a dial that ends up at the instance of the rig. */
  readonly dialAddress: string;
}

const authority = new CertificateAuthority();
const serverTls = { ...authority.issue({ names: ['10.0.0.5'] }), ca: authority.cert, requestCert: true };

export async function startConnectorRig(options: ConnectorRigOptions = {}): Promise<ConnectorRig> {
  const instance = await startInstanceServer(serverTls, options.instance);
  const api = await answeringServer(async (asked, earlier) => (await options.api?.(asked, earlier)) ?? grant(asked));
  return {
    api,
    instance,
    certificates: () => api.asked.filter(isCertificateRequest).length,
    options: { adminApiEndpoint: api.origin, credentials: { kind: 'token', token: 'api-token' }, env: {} },
    dialAddress: `127.0.0.1:${instance.port}`,
    async [Symbol.asyncDispose]() {
      await instance[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

export function isCertificateRequest({ method }: Asked): boolean {
  return method === 'POST';
}

/** An error of the Admin API, as Google writes them. */
export function apiError(httpStatus: number, status: string, message = 'as the test says'): ApiAnswer {
  return { status: httpStatus, body: { error: { code: httpStatus, status, message } } };
}

function grant(asked: Asked): ApiAnswer {
  if (!isCertificateRequest(asked)) return { body: { ipAddress: '10.0.0.5' } };
  const { publicKey } = JSON.parse(asked.body) as { readonly publicKey: string };
  return { body: { pemCertificateChain: [authority.certify(publicKey), authority.cert], caCert: authority.cert } };
}
