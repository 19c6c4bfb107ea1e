// The certificates and tokens of the primary process, as a worker asks for them.

import type { SharedInfo, SharedSource, Token } from 'alloydb-connector';
import type { Answers, FromWorker, Question, ToWorker } from './messages.ts';
import { receiveError } from './sent-error.ts';

type Waiting = PromiseWithResolvers<Answers[keyof Answers]>;

export class RemoteSource implements SharedSource {
  readonly #send: (message: FromWorker) => void;
  readonly #waiting = new Map<number, Waiting>();
  #lastAsk = 0;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  /** Takes what the primary has answered. */
  receive(message: Extract<ToWorker, { kind: 'answer' | 'no-answer' }>): void {
    const waiting = this.#waiting.get(message.ask);
    this.#waiting.delete(message.ask);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(receiveError(message.error));
  }

  connectionInfo(instance: string, known: number | undefined, signal: AbortSignal): Promise<SharedInfo> {
    return this.#ask({ what: 'info', instance, known }, signal) as Promise<SharedInfo>;
  }

  refused(instance: string, id: number): void {
    this.#send({ kind: 'refused-info', instance, id });
  }

  token(of: 'api' | 'login', signal: AbortSignal): Promise<Token> {
    return this.#ask({ what: 'token', of }, signal) as Promise<Token>;
  }

  dropToken(value: string): void {
    this.#send({ kind: 'refused-token', value });
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
