// One client of the server-side proxy, from the completed TLS handshake on.

import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { InstanceName } from '../resource-name.ts';
import type { ClusterAuthority } from '../pki/cluster-authority.ts';
import { connectBackend, type Database } from '../postgres/database.ts';
import type { DatabaseUsers } from '../postgres/database-users.ts';
import type { ConnectionAuthorizer } from './connection-authorizer.ts';
import { answerWithExchangeFault, writeSlowly } from './exchange-fault.ts';
import { serveIamLogin, servePostgresAtOnce, serveReadOnly } from './iam-login.ts';
import { encodeExchangeResponse, readExchangeRequest } from './metadata-exchange.ts';
import { serveAlone } from './serve-alone.ts';

export interface SessionParts {
  readonly instance: InstanceName;
  readonly authority: ClusterAuthority;
  /** Asked at each login: a switchover changes it. */
  readonly isReadOnly: () => boolean;
  readonly authorizer: ConnectionAuthorizer;
  readonly users: DatabaseUsers;
  readonly database: Database;
  readonly faults: FaultPlan;
  readonly log: (line: string) => void;
  /** Called when the client is let through to PostgreSQL. */
  readonly onAuthorized: () => void;
  /** Resets the TCP connection. */
  readonly reset: () => void;
  /** Joins the client with PostgreSQL. */
  readonly relay: (backend: Socket) => void;
}

/** Never throws: whatever one client does ends that client only. */
export async function serveSession(client: TLSSocket, parts: SessionParts): Promise<void> {
  await serveAlone(client, { ...parts, kind: 'connection' }, async (signal) => serve(client, parts, signal));
}

async function serve(client: TLSSocket, parts: SessionParts, signal: AbortSignal): Promise<void> {
  const { instance, faults } = parts;
  const mode = parts.authority.modeOf(client.getPeerX509Certificate()?.fingerprint256 ?? '');
  if (mode === undefined) throw new Error('the client certificate was not issued here, or has expired');
  const login = {
    ...parts,
    authenticate: (token: string) => parts.authorizer.admit(token, instance.project),
    connect: async () => connectPostgres(parts, signal),
    signal,
  };
  if (!mode.useMetadataExchange) {
    parts.onAuthorized();
    await servePostgresAtOnce(client, login);
    return;
  }

  const request = await readExchangeRequest(client, signal);
  const fault = faults.take('exchange', { resource: instance.uri });
  if (fault !== undefined && fault.kind !== 'slow-reply') {
    answerWithExchangeFault(client, fault, parts.reset);
    return;
  }
  const admission = parts.authorizer.admit(request.token, instance.project);
  const denied = admission.is === 'denied';
  const reply = encodeExchangeResponse(denied ? { is: 'error', message: admission.message } : { is: 'ok' });
  if (fault === undefined) client.write(reply);
  else await writeSlowly(client, reply, { byteIntervalMs: fault.byteIntervalMs, signal });
  if (denied) {
    client.end();
    return;
  }
  parts.onAuthorized();
  if (request.authType === 'AUTO_IAM') await serveIamLogin(client, login, admission.principal);
  else if (parts.isReadOnly()) await serveReadOnly(client, login);
  else parts.relay(await login.connect());
}

/** Later than it could, when that was ordered. */
export async function connectPostgres(
  parts: Pick<SessionParts, 'instance' | 'database' | 'faults'>,
  signal: AbortSignal,
): Promise<Socket> {
  const fault = parts.faults.take('postgres', { resource: parts.instance.uri });
  if (fault !== undefined) await delay(fault.delayMs, undefined, { signal });
  return connectBackend(parts.database, signal);
}
