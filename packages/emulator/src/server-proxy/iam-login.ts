// Logins in which the emulator reads PostgreSQL's first messages itself: a token takes the place of the password, or the instance
// takes no writes.

import type { Socket } from 'node:net';
import { databaseUserOf } from '../iam/principal.ts';
import type { InstanceName } from '../resource-name.ts';
import { logIn } from '../postgres/backend-login.ts';
import type { DatabaseUsers } from '../postgres/database-users.ts';
import {
  CANCEL_REQUEST,
  fatalError,
  GSS_ENCRYPTION_REQUEST,
  int32,
  message,
  readMessage,
  readStartupPacket,
  SSL_REQUEST,
  type StartupPacket,
  startupParameters,
} from '../postgres/messages.ts';
import { readOnlyStartup } from '../postgres/read-only-startup.ts';
import type { Admission, ConnectionAuthorizer } from './connection-authorizer.ts';

export interface LoginParts {
  readonly instance: InstanceName;
  readonly users: DatabaseUsers;
  readonly authorizer: ConnectionAuthorizer;
  readonly isReadOnly: () => boolean;
  /** Judges a token that stands where the password would. */
  readonly authenticate: (token: string) => Admission;
  /** Reaches PostgreSQL. */
  readonly connect: () => Promise<Socket>;
  /** Joins the client with PostgreSQL. */
  readonly relay: (backend: Socket) => void;
  readonly signal: AbortSignal;
}

const CLEARTEXT_PASSWORD = 3;

/**
 * AUTO_IAM: `principal` has shown a valid token in the metadata exchange and is logged in without a password, as itself
 * only. Where the real server tells of a mismatch is unverified; here it is PostgreSQL's answer to the StartupMessage.
 */
export async function serveIamLogin(client: Socket, parts: LoginParts, principal: string): Promise<void> {
  const packet = await readStartup(client, parts);
  if (packet === undefined) return;
  const user = startupParameters(packet).get('user') ?? '';
  await logInAs(client, parts, { packet, user, principal });
}

/** After a certificate without metadata exchange: PostgreSQL follows TLS at once. */
export async function servePostgresAtOnce(client: Socket, parts: LoginParts): Promise<void> {
  const packet = await readStartup(client, parts);
  if (packet !== undefined) await servePasswordLogin(client, parts, packet);
}

/** IAM users send their token as the password; everybody else talks to PostgreSQL. */
export async function servePasswordLogin(client: Socket, parts: LoginParts, packet: StartupPacket): Promise<void> {
  const user = startupParameters(packet).get('user') ?? '';
  if (parts.users.iamPassword(user) === undefined) {
    await beginSession(parts, packet);
    return;
  }
  client.write(message('R', int32(CLEARTEXT_PASSWORD)));
  const password = await readMessage(client, parts.signal);
  const token = password.body.toString('utf8').replace(/\0$/, '');
  const admission = parts.authenticate(token);
  if (admission.is === 'denied') refuse(client, admission.message);
  else await logInAs(client, parts, { packet, user, principal: admission.principal });
}

/** Everybody talks to PostgreSQL, which has been told that the session is a read-only one. */
export async function serveReadOnly(client: Socket, parts: LoginParts): Promise<void> {
  const packet = await readStartup(client, parts);
  if (packet !== undefined) await beginSession(parts, packet);
}

async function beginSession(parts: LoginParts, packet: StartupPacket): Promise<void> {
  const backend = await parts.connect();
  backend.write(startupFor(packet, parts));
  parts.relay(backend);
}

function startupFor(packet: StartupPacket, { isReadOnly }: LoginParts): Buffer {
  return isReadOnly() ? readOnlyStartup(packet) : packet.bytes;
}

async function logInAs(
  client: Socket,
  parts: LoginParts,
  login: { readonly packet: StartupPacket; readonly user: string; readonly principal: string },
): Promise<void> {
  const { packet, user, principal } = login;
  if (databaseUserOf(principal) !== user) {
    refuse(client, 'IAM principal does not match database user.');
    return;
  }
  // The text for a principal without alloydb.users.login is unverified.
  if (!parts.authorizer.mayLogIn(principal, parts.instance.project)) {
    refuse(client, `AlloyDB IAM user authentication failed for user "${user}"`);
    return;
  }
  const password = parts.users.iamPassword(user);
  if (password === undefined) {
    refuse(client, `role "${user}" does not exist`);
    return;
  }
  const backend = await parts.connect();
  try {
    const outcome = await logIn(backend, { startup: startupFor(packet, parts), password, signal: parts.signal });
    if (outcome.is === 'refused') {
      client.end(outcome.response.bytes);
      backend.destroy();
      return;
    }
    client.write(outcome.forward);
    parts.relay(backend);
  } catch (error) {
    backend.destroy();
    throw error;
  }
}

/** The StartupMessage; undefined when the client wanted something else, which has been done. */
async function readStartup(client: Socket, parts: LoginParts): Promise<StartupPacket | undefined> {
  for (;;) {
    const packet = await readStartupPacket(client, parts.signal);
    switch (packet.code) {
      case SSL_REQUEST:
      case GSS_ENCRYPTION_REQUEST:
        // There is TLS around all of this already.
        client.write('N');
        break;
      case CANCEL_REQUEST:
        await passOn(parts, packet);
        return undefined;
      default:
        return packet;
    }
  }
}

/** Lets PostgreSQL answer a cancellation. */
export async function passOn(parts: Pick<LoginParts, 'connect' | 'relay'>, packet: StartupPacket): Promise<void> {
  const backend = await parts.connect();
  backend.write(packet.bytes);
  parts.relay(backend);
}

export function refuse(client: Socket, text: string): void {
  client.end(fatalError({ sqlState: '28000', message: text }));
}
