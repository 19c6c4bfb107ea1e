// The error of a connection that an outbound proxy did not bring about.

/**
 * Where it failed: `reach` is the way to the proxy, `login` its judgement of user and password, `connect` its way on to
 * the target.
 */
export type ProxyStep = 'reach' | 'login' | 'connect';

/** The message reads on from `Cannot connect to "…" through the … proxy …: `. It holds neither user nor password. */
export class OutboundProxyError extends Error {
  override readonly name: string = 'OutboundProxyError';
  readonly step: ProxyStep;
  /** What the user can do about it. */
  readonly hint: string | undefined;

  constructor(
    step: ProxyStep,
    message: string,
    { hint, cause }: { readonly hint?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.step = step;
    this.hint = hint;
  }
}
