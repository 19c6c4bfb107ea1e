// The certificates and tokens of the primary process, as a worker asks for them.

import type { SharedInfo, SharedSource, SharedTokenKind, Token } from 'alloydb-connector';
import type { Answers, FromWorker, Question, ToWorker } from './messages.ts';
import { receiveError } from './sent-error.ts';

/**
 * How long an answer stands, in milliseconds. Clients that come at once do not each ask the primary process, which would cost them four messages;
 * and whatever is withdrawn meanwhile is refused by the server, asked for anew and dialled with again.
 */
const answerLifeMs = 1_000;

interface Remembered<T> {
  readonly value: T;
  readonly until: number;
}

type Waiting = PromiseWithResolvers<Answers[keyof Answers]>;

export class RemoteSource implements SharedSource {
  readonly #send: (message: FromWorker) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #now: () => number;
  readonly #infos = new Map<string, Remembered<SharedInfo>>();
  readonly #tokens = new Map<SharedTokenKind, Remembered<Token>>();
  #lastAsk = 0;

  /** @param now A clock that never steps back, in milliseconds. */
  constructor(send: (message: FromWorker) => void, now: () => number = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  /** Whatever was answered before may be of other credentials. */
  forget(): void {
    this.#infos.clear();
    this.#tokens.clear();
  }

  /** Takes what the primary has answered. */
  receive(message: Extract<ToWorker, { kind: 'answer' | 'no-answer' }>): void {
    const waiting = this.#waiting.get(message.ask);
    this.#waiting.delete(message.ask);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(receiveError(message.error));
  }

  async connectionInfo(instance: string, known: number | undefined, signal: AbortSignal): Promise<SharedInfo> {
    const remembered = this.#valueOf(this.#infos.get(instance));
    // One whose keys are not known here comes with them.
    if (remembered !== undefined && remembered.id === known) return remembered;
    const info = (await this.#ask({ what: 'info', instance, known }, signal)) as SharedInfo;
    this.#infos.set(instance, this.#remember(info));
    return info;
  }

  refused(instance: string, id: number): void {
    this.#infos.delete(instance);
    this.#send({ kind: 'refused-info', instance, id });
  }

  async token(of: SharedTokenKind, signal: AbortSignal): Promise<Token> {
    const remembered = this.#valueOf(this.#tokens.get(of));
    if (remembered !== undefined) return remembered;
    const token = (await this.#ask({ what: 'token', of }, signal)) as Token;
    this.#tokens.set(of, this.#remember(token));
    return token;
  }

  dropToken(value: string): void {
    this.#tokens.clear();
    this.#send({ kind: 'refused-token', value });
  }

  #remember<T>(value: T): Remembered<T> {
    return { value, until: this.#now() + answerLifeMs };
  }

  #valueOf<T>(remembered: Remembered<T> | undefined): T | undefined {
    return remembered !== undefined && this.#now() < remembered.until ? remembered.value : undefined;
  }

  async #ask(question: Question, signal: AbortSignal): Promise<Answers[keyof Answers]> {
    signal.throwIfAborted();
    const waiting: Waiting = Promise.withResolvers();
    const ask = (this.#lastAsk += 1);
    this.#waiting.set(ask, waiting);
    const onAbort = (): void => waiting.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#send({ kind: 'ask', ask, question });
    try {
      return await waiting.promise;
    } finally {
      this.#waiting.delete(ask);
      signal.removeEventListener('abort', onAbort);
    }
  }
}
