// The few PostgreSQL protocol messages (version 3) that the emulator reads or writes itself.

import type { Readable } from 'node:stream';
import { readExactly } from '../read-exactly.ts';

export const SSL_REQUEST = 80_877_103;
export const GSS_ENCRYPTION_REQUEST = 80_877_104;
export const CANCEL_REQUEST = 80_877_102;

// PostgreSQL's own limit for a start-up packet is 10,000 bytes; a message that precedes the login needs no more than this.
const MAX_STARTUP_BYTES = 10_000;
const MAX_LOGIN_MESSAGE_BYTES = 65_536;

/** A message of a client before the session: it has a length but no type. */
export interface StartupPacket {
  readonly code: number;
  /** The whole packet as it came, to be forwarded. */
  readonly bytes: Buffer;
}

export interface Message {
  /** One letter. */
  readonly type: string;
  readonly body: Buffer;
  /** The whole message as it came, to be forwarded. */
  readonly bytes: Buffer;
}

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

export async function readStartupPacket(stream: Readable, signal: AbortSignal): Promise<StartupPacket> {
  const head = await readExactly(stream, 8, signal);
  const length = head.readUInt32BE(0);
  if (length < 8 || length > MAX_STARTUP_BYTES) throw new ProtocolError(`Start-up packet of ${length} bytes`);
  const rest = await readExactly(stream, length - 8, signal);
  return { code: head.readUInt32BE(4), bytes: Buffer.concat([head, rest]) };
}

export async function readMessage(stream: Readable, signal: AbortSignal): Promise<Message> {
  const head = await readExactly(stream, 5, signal);
  const length = head.readUInt32BE(1);
  if (length < 4 || length > MAX_LOGIN_MESSAGE_BYTES) throw new ProtocolError(`Message of ${length} bytes`);
  const body = await readExactly(stream, length - 4, signal);
  return { type: String.fromCharCode(head.readUInt8(0)), body, bytes: Buffer.concat([head, body]) };
}

/** The user and other parameters of a StartupMessage. */
export function startupParameters(packet: StartupPacket): ReadonlyMap<string, string> {
  const words = packet.bytes.subarray(8).toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let i = 0; i + 1 < words.length && words[i] !== ''; i += 2) parameters.set(words[i] ?? '', words[i + 1] ?? '');
  return parameters;
}

export function startupMessage(parameters: Readonly<Record<string, string>>): Buffer {
  const words = Object.entries(parameters).flat();
  const body = Buffer.from(`${words.join('\0')}\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, body]);
}

export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export interface ServerError {
  /** Five characters, such as 28000. */
  readonly sqlState: string;
  readonly message: string;
}

export function fatalError(error: ServerError): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C${error.sqlState}`, `M${error.message}`];
  return message('E', cString(fields.map((field) => `${field}\0`).join('')));
}

export function parseServerError(body: Buffer): ServerError {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  return { sqlState: fields.get('C') ?? 'XX000', message: fields.get('M') ?? 'unknown error' };
}
