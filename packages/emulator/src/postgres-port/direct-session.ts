// One client of an instance's own PostgreSQL port: TLS when it asks for it, the rules of the instance, then its login.

import type { Socket } from 'node:net';
import type { ConnectionRule } from '../connection-rule.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { Database } from '../postgres/database.ts';
import type { DatabaseUsers } from '../postgres/database-users.ts';
import {
  CANCEL_REQUEST,
  GSS_ENCRYPTION_REQUEST,
  ProtocolError,
  readStartupPacket,
  SSL_REQUEST,
  type StartupPacket,
  startupParameters,
} from '../postgres/messages.ts';
import type { InstanceName } from '../resource-name.ts';
import type { ConnectionAuthorizer } from '../server-proxy/connection-authorizer.ts';
import { passOn, refuse, servePasswordLogin } from '../server-proxy/iam-login.ts';
import { serveAlone } from '../server-proxy/serve-alone.ts';
import { connectPostgres } from '../server-proxy/session.ts';

export interface DirectSessionParts {
  readonly instance: InstanceName;
  /** Asked at each connection, as what follows: both may change. */
  readonly rule: () => ConnectionRule;
  readonly isReadOnly: () => boolean;
  readonly authorizer: ConnectionAuthorizer;
  readonly users: DatabaseUsers;
  readonly database: Database;
  readonly faults: FaultPlan;
  readonly log: (line: string) => void;
  /** The server's side of a TLS handshake on the socket. */
  readonly encrypt: (socket: Socket, signal: AbortSignal) => Promise<Socket>;
  /** Joins the client with PostgreSQL. */
  readonly relay: (client: Socket, backend: Socket) => void;
}

/** Never throws: whatever one client does ends that client only. */
export async function serveDirectSession(socket: Socket, parts: DirectSessionParts): Promise<void> {
  await serveAlone(socket, { ...parts, kind: 'direct connection' }, async (signal) => serve(socket, parts, signal));
}

async function serve(socket: Socket, parts: DirectSessionParts, signal: AbortSignal): Promise<void> {
  let client = socket;
  for (;;) {
    const packet = await readStartupPacket(client, signal);
    switch (packet.code) {
      case SSL_REQUEST:
        if (client !== socket) throw new ProtocolError('The client asks for TLS within TLS');
        socket.write('S');
        client = await parts.encrypt(socket, signal);
        break;
      case GSS_ENCRYPTION_REQUEST:
        client.write('N');
        break;
      default:
        await start({ client, packet, encrypted: client !== socket, from: socket.remoteAddress ?? '' }, parts, signal);
        return;
    }
  }
}

interface Start {
  readonly client: Socket;
  /** A StartupMessage or a CancelRequest. */
  readonly packet: StartupPacket;
  readonly encrypted: boolean;
  /** IP address. */
  readonly from: string;
}

async function start({ client, packet, ...how }: Start, parts: DirectSessionParts, signal: AbortSignal): Promise<void> {
  const login = {
    ...parts,
    authenticate: (token: string) => parts.authorizer.authenticate(token),
    connect: async () => connectPostgres(parts, signal),
    relay: (backend: Socket) => parts.relay(client, backend),
    signal,
  };
  // PostgreSQL asks nothing of a cancellation but the key that the session was given.
  if (packet.code === CANCEL_REQUEST) {
    await passOn(login, packet);
    return;
  }
  const { requireConnectors, sslMode } = parts.rule();
  if (requireConnectors || (!how.encrypted && sslMode === 'ENCRYPTED_ONLY')) {
    refuse(client, noEntry(packet, how));
    return;
  }
  await servePasswordLogin(client, login, packet);
}

/** What PostgreSQL says when no rule of its access file lets such a connection in. That AlloyDB says the same is unverified. */
function noEntry(packet: StartupPacket, { encrypted, from }: Pick<Start, 'encrypted' | 'from'>): string {
  const parameters = startupParameters(packet);
  const user = parameters.get('user') ?? '';
  const database = parameters.get('database') ?? user;
  const encryption = encrypted ? 'SSL encryption' : 'no encryption';
  return `no pg_hba.conf entry for host "${from}", user "${user}", database "${database}", ${encryption}`;
}
