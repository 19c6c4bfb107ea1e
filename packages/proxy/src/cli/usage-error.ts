// The error for everything that the user asked for wrongly: a flag, a variable, an instance URI, a conflict.

export interface UsageErrorOptions {
  /** What to do instead, in words that can be acted on or pasted. */
  readonly hint: string;
  readonly cause?: unknown;
}

/** Thrown before anything listens; its message and hint are the two lines that the user reads. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string;

  constructor(message: string, options: UsageErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
  }
}
