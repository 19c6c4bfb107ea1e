// Logs a user in to PostgreSQL as a client would, and goes: how far it came is the answer.

import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { ScramClient, scramMechanism } from './scram-client.ts';

export interface LoginRequest {
  readonly user: string;
  readonly database: string;
  /** Undefined when there is none to give: then it ends where the server asks for it. */
  readonly password: string | undefined;
}

export type LoginOutcome =
  | { readonly is: 'logged-in'; readonly serverVersion: string | undefined }
  /** The server asked for a password, and there was none to give. */
  | { readonly is: 'asked'; readonly method: string }
  | { readonly is: 'refused'; readonly sqlState: string; readonly message: string };

interface Message {
  readonly type: string;
  readonly body: Buffer;
}

const sslRequestCode = 80_877_103;
const protocolVersion = 0x0003_0000;
// What a server sends before it is ready for a query has a few hundred bytes.
const longestMessage = 64 * 1024;

/** Asks whether the server would do TLS, which every PostgreSQL since 1996 answers by one byte; that byte. */
export async function askForEncryption(stream: Duplex): Promise<string> {
  const request = Buffer.alloc(8);
  request.writeUInt32BE(8);
  request.writeUInt32BE(sslRequestCode, 4);
  stream.write(request);
  const [byte] = await readExactly(stream, 1);
  return String.fromCharCode(byte ?? 0);
}

/** @throws {Error} when the server breaks off, or says something else than PostgreSQL does. */
export async function logIn(stream: Duplex, { user, database, password }: LoginRequest): Promise<LoginOutcome> {
  const parameters = ['user', user, 'database', database, 'application_name', 'alloydb-auth-proxy doctor', ''];
  stream.write(frame('', Buffer.concat([uint32(protocolVersion), Buffer.from(`${parameters.join('\0')}\0`)])));
  let scram: ScramClient | undefined;
  let serverVersion: string | undefined;
  for (;;) {
    const { type, body } = await readMessage(stream);
    switch (type) {
      case 'E':
        return refusal(body);
      case 'S': {
        const [name, value] = body.toString('utf8').split('\0');
        if (name === 'server_version') serverVersion = value;
        break;
      }
      case 'Z':
        stream.write(frame('X', Buffer.alloc(0)));
        return { is: 'logged-in', serverVersion };
      case 'R': {
        const method = body.readUInt32BE(0);
        const content = body.subarray(4);
        if (method === 0) break;
        const name = methods[method];
        if (name === undefined) throw new Error(`the server asks for authentication ${method}, which is not known`);
        if (password === undefined) return { is: 'asked', method: name };
        if (method === 3) stream.write(passwordMessage(password));
        if (method === 5) stream.write(passwordMessage(md5(user, password, content)));
        if (method === 10) {
          scram = new ScramClient(password);
          const first = Buffer.from(scram.first());
          const mechanism = Buffer.from(`${scramMechanism}\0`);
          stream.write(frame('p', Buffer.concat([mechanism, uint32(first.length), first])));
        }
        if (method === 11 && scram !== undefined) {
          stream.write(frame('p', Buffer.from(await scram.last(content.toString('utf8')))));
        }
        if (method === 12 && scram?.accepts(content.toString('utf8')) !== true) {
          throw new Error('the server does not know the password itself');
        }
        break;
      }
      default:
      // Notices, keys for cancellation: nothing that decides.
    }
  }
}

/** By their numbers in the protocol (PostgreSQL documentation, "Message Formats"). */
const methods: Readonly<Record<number, string>> = {
  3: 'a password',
  5: 'a password by MD5',
  10: `a password by ${scramMechanism}`,
  11: scramMechanism,
  12: scramMechanism,
};

function passwordMessage(text: string): Buffer {
  return frame('p', Buffer.from(`${text}\0`));
}

function md5(user: string, password: string, salt: Buffer): string {
  const inner = createHash('md5').update(password).update(user).digest('hex');
  return `md5${createHash('md5').update(inner).update(salt).digest('hex')}`;
}

function refusal(body: Buffer): LoginOutcome {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  return { is: 'refused', sqlState: fields.get('C') ?? '', message: fields.get('M') ?? 'without a reason' };
}

async function readMessage(stream: Duplex): Promise<Message> {
  const header = await readExactly(stream, 5);
  const length = header.readUInt32BE(1);
  if (length < 4 || length > longestMessage) throw new Error('the server answers with something else than PostgreSQL');
  return { type: String.fromCharCode(header[0] ?? 0), body: await readExactly(stream, length - 4) };
}

/** The stream must be paused; what comes behind stays in it. */
async function readExactly(stream: Duplex, length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  for (;;) {
    const found: unknown = stream.read(length);
    // At its end a stream gives what is left, however little.
    if (Buffer.isBuffer(found) && found.length === length) return found;
    if (found !== null || stream.readableEnded || stream.destroyed) throw new Error('the server closed the connection');
    await moreOf(stream);
  }
}

function moreOf(stream: Duplex): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const events = { readable: resolve, end: resolve, close: resolve, error: reject };
  for (const [name, listener] of Object.entries(events)) stream.once(name, listener);
  return promise.finally(() => {
    for (const [name, listener] of Object.entries(events)) stream.off(name, listener);
  });
}

function frame(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), uint32(body.length + 4), body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
