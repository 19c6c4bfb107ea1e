// One endpoint of an HTTP server: where it is and what it answers.

import type { IncomingMessage } from 'node:http';

export interface Route {
  /** The whole path, without a query: `/startup`. A pattern for one that has something in it. */
  readonly path: string | RegExp;
  /** Others are answered with 405. HEAD gets what GET would, without the text. */
  readonly methods: readonly ('GET' | 'HEAD' | 'POST')[];
  /** The signal aborts when the server closes, not when the client leaves. */
  answer(request: IncomingMessage, closing: AbortSignal): Answer | Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Besides those that every answer has; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes on behind the text until the client leaves or the server closes; `gone` aborts then. */
  readonly stream?: (push: (text: string) => void, gone: AbortSignal) => void;
}
