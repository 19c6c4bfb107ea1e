// A start that failed for a reason outside the command line, with what to do about it.

export class StartError extends Error {
  override readonly name: string = 'StartError';
  readonly hint: string | undefined;

  constructor(message: string, { hint, cause }: { readonly hint?: string | undefined; readonly cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.hint = hint;
  }
}
