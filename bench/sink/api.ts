// The least of an Admin API and a token endpoint that lets any proxy get its certificate for the sink.

import { createPublicKey } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json, text } from 'node:stream/consumers';
import type { ClusterAuthority } from '../../packages/emulator/src/pki/cluster-authority.ts';

export interface SinkApiOptions {
  readonly authority: ClusterAuthority;
  /** Where the sink is reached. */
  readonly address: string;
}

interface CertificateOrder {
  readonly publicKey: string;
  readonly useMetadataExchange?: boolean;
}

const dayMs = 24 * 3_600_000;

/** Everybody may do everything: who may what is not what is measured. */
export function createSinkApi({ authority, address }: SinkApiOptions): Server {
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const { pathname } = new URL(request.url ?? '/', 'http://sink');
    if (pathname.endsWith('/connectionInfo')) {
      return { name: pathname.replace(/^\/[^/]*\//, ''), ipAddress: address, instanceUid: 'sink' };
    }
    if (pathname.endsWith(':generateClientCertificate')) {
      const { publicKey, useMetadataExchange = false } = (await json(request)) as CertificateOrder;
      const spki = new Uint8Array(createPublicKey(publicKey).export({ type: 'spki', format: 'der' }));
      return authority.issueClient({ spki, lifeMs: dayMs, useMetadataExchange });
    }
    await text(request);
    return pathname === '/token' ? { access_token: 'token', expires_in: 3_599, token_type: 'Bearer' } : undefined;
  };
  return createServer((request, response) => {
    void answer(request).then(
      (body) =>
        response
          .writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
          .end(JSON.stringify(body ?? {})),
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  });
}
