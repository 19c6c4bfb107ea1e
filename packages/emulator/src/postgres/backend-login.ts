// Logs in to PostgreSQL on somebody's behalf: forwards a StartupMessage and answers what is asked for the password.

import type { Socket } from 'node:net';
import { cString, int32, message, type Message, ProtocolError, readMessage } from './messages.ts';
import { ScramClient } from './scram.ts';

export interface Login {
  /** A complete StartupMessage. */
  readonly startup: Buffer;
  readonly password: string;
  readonly signal: AbortSignal;
}

export type LoginOutcome =
  /** `forward` is what a client must still see, AuthenticationOk last; the session's bytes follow in the socket. */
  | { readonly is: 'authenticated'; readonly forward: Buffer }
  /** `response` is PostgreSQL's ErrorResponse. */
  | { readonly is: 'refused'; readonly response: Message };

const OK = 0;
const CLEARTEXT_PASSWORD = 3;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

/** @throws ProtocolError, ScramError, or the socket's error. */
export async function logIn(backend: Socket, login: Login): Promise<LoginOutcome> {
  const scram = new ScramClient(login.password);
  const forward: Buffer[] = [];
  backend.write(login.startup);
  for (;;) {
    const reply = await readMessage(backend, login.signal);
    if (reply.type === 'E') return { is: 'refused', response: reply };
    if (reply.type !== 'R') {
      // Notices and NegotiateProtocolVersion are meant for the client.
      forward.push(reply.bytes);
      continue;
    }
    const data = reply.body.subarray(4).toString('utf8');
    switch (reply.body.readInt32BE(0)) {
      case OK:
        return { is: 'authenticated', forward: Buffer.concat([...forward, reply.bytes]) };
      case CLEARTEXT_PASSWORD:
        backend.write(message('p', cString(login.password)));
        break;
      case SASL:
        backend.write(saslInitialResponse(scram.start()));
        break;
      case SASL_CONTINUE:
        backend.write(message('p', Buffer.from(await scram.answer(data))));
        break;
      case SASL_FINAL:
        scram.finish(data);
        break;
      default:
        throw new ProtocolError(
          `PostgreSQL asks for authentication method ${reply.body.readInt32BE(0)}; only scram-sha-256, password and trust are spoken`,
        );
    }
  }
}

function saslInitialResponse(clientFirst: string): Buffer {
  const data = Buffer.from(clientFirst);
  return message('p', Buffer.concat([cString('SCRAM-SHA-256'), int32(data.length), data]));
}
