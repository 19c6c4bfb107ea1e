// A name server on loopback that knows only the TXT records it is told, and can be told to fail.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What is said of a name: its records, each of one string or several; an error of the protocol; or nothing at all. */
export type DnsAnswer = readonly (readonly string[])[] | 'SERVFAIL' | 'NXDOMAIN' | 'silence';

const classInternet = 1;
const typeTxt = 16;
const responseCodes = { ok: 0, SERVFAIL: 2, NXDOMAIN: 3 } as const;

export class DnsServer implements AsyncDisposable {
  /** What it says of every name. */
  answer: DnsAnswer;
  /** Names that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #socket: Socket;
  #heard = Promise.withResolvers<void>();

  private constructor(socket: Socket, answer: DnsAnswer) {
    this.#socket = socket;
    this.answer = answer;
    socket.on('message', (query, from) => this.#reply(query, from));
  }

  static async start(answer: DnsAnswer): Promise<DnsServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new DnsServer(socket, answer);
  }

  /** As `--dns-server` takes it. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** Resolves when it has been asked so many times more. */
  async untilAskedAgain(times: number): Promise<void> {
    const { length } = this.asked;
    while (this.asked.length < length + times) await this.#heard.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  /** Header, question and answers as in RFC 1035, section 4. */
  #reply(query: Buffer, { address, port }: RemoteInfo): void {
    const { name, end } = readName(query);
    this.asked.push(name);
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
    const { answer } = this;
    if (answer === 'silence') return;
    const records = typeof answer === 'string' ? [] : answer;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | responseCodes[typeof answer === 'string' ? answer : 'ok'], 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    // The question again, with type and class behind the name.
    const question = query.subarray(12, end + 4);
    this.#socket.send(Buffer.concat([header, question, ...records.map(txtRecord)]), port, address);
  }
}

function readName(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function txtRecord(strings: readonly string[]): Buffer {
  const data = Buffer.concat(
    strings.map((text) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)])),
  );
  const head = Buffer.alloc(12);
  // A pointer to the name in the question.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(typeTxt, 2);
  head.writeUInt16BE(classInternet, 4);
  head.writeUInt32BE(1, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
