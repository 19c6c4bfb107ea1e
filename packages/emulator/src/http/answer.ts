// What goes back for an HTTP request: an answer, or one of the ways to give none.

export interface Reply {
  readonly is: 'reply';
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called when it has gone out. */
  readonly sent?: () => void;
}

export type Answer =
  | Reply
  | { readonly is: 'reset' }
  | { readonly is: 'close' }
  /** Half of the body that was announced, and then the connection is closed. */
  | { readonly is: 'truncated'; readonly reply: Reply };

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  const contentType = 'application/json; charset=UTF-8';
  return { is: 'reply', status, contentType, text: `${JSON.stringify(body, null, 2)}\n`, headers };
}

export function plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { is: 'reply', status, contentType: 'text/plain; charset=UTF-8', text, headers };
}
